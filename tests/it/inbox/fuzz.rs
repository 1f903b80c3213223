//! Messages that nobody would write: seeds are changed at random, and whatever comes of it is taken apart without a
//! panic and in time (R24). Seeded, so that a fault comes again; `SIGAP_FUZZ_SECONDS` and `SIGAP_FUZZ_SEED` set the rest.

use super::room::Work;
use sigap::inbox::cut::{cut, subject};
use sigap::inbox::parse::parse;
use sigap::inbox::sender::is_confirmed;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// Messages at least.
const FEW: u64 = 1_000;
/// A message may take so long, in a build without optimisation.
const LONGEST: Duration = Duration::from_secs(5);

const SEEDS: &[&str] = &[
    "From: Siti <siti@lebakkab.go.id>\r\nTo: servicedesk+m00@lebakkab.go.id\r\nSubject: =?utf-8?b?TWF0aQ==?=\r\n\
     Message-ID: <1@x>\r\nIn-Reply-To: <m1@y>\r\nReferences: <a@b> <c@d>\r\nContent-Type: multipart/alternative;\r\n \
     boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: \
     quoted-printable\r\n\r\nSudah=20bisa=\r\n.\r\n\r\nPada Sen, 2 Mar 2026 menulis:\r\n> x\r\n--b\r\nContent-Type: \
     text/html\r\n\r\n<p>Sudah &amp; &#x41; <!-- x --><style>a</style></p>\r\n--b--\r\n",
    "From: MAILER-DAEMON@mx\r\nAuto-Submitted: auto-replied\r\nContent-Type: multipart/report; \
     report-type=delivery-status; boundary=r\r\n\r\n--r\r\nContent-Type: text/plain\r\n\r\nGagal\r\n--r\r\nContent-Type: \
     message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; a@b\r\nAction: failed\r\n\
     Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 x\r\n\r\n--r\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: \
     <m1@y>\r\nSubject: x\r\n\r\nisi\r\n--r--\r\n",
    "Authentication-Results: mx; dmarc=pass (x \"y) header.from=a.b; spf=pass smtp.mailfrom=\"a;b\"@c\r\nFrom: \
     =?x?q?=41?= <a@b>\r\nPrecedence: bulk\r\nList-Id: <x>\r\nContent-Type: multipart/mixed; boundary*0=a; \
     boundary*1=b; charset*=utf-8''%41\r\n\r\n--ab\r\nContent-Type: image/png; name*=utf-8''%e2%82%ac.png\r\n\
     Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--ab\r\nContent-Type: multipart/digest; \
     boundary=c\r\n\r\n--c\r\n\r\nFrom: x\r\n\r\ny\r\n--c--\r\n--ab--\r\n",
    "Dari: a\nFrom: a@b\nContent-Type: text/plain; charset=utf-7\n\n+AGE-\n-----Original Message-----\nFrom: x\nSent: y\nTo: z\n",
    "From: a@b\r\nContent-Type: text/plain; charset=utf-16\r\n\r\n\u{feff}A\u{0}B",
];
/// Pieces that mean something to a parser.
const PIECES: &[&str] = &[
    "--b",
    "--b--",
    "\r\n\r\n",
    "\n",
    "\r",
    "\0",
    "=",
    "=?utf-8?q?",
    "?=",
    "=?utf-8?b?",
    "Content-Type:",
    "multipart/mixed",
    "message/rfc822",
    "boundary=",
    "boundary=\"\"",
    "charset=gb18030",
    "charset=iso-2022-jp",
    "base64",
    "&#x110000;",
    "<",
    "<!--",
    ">",
    "(",
    "\"",
    ";",
    "menulis:",
    "On 1 ",
    "From: ",
    "Content-Transfer-Encoding: base64\r\n",
    "\u{202e}",
    "ÿ",
];

/// xorshift64*: the same numbers from the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).unwrap() % sides.max(1)
    }
}

fn changed(dice: &mut Dice) -> Vec<u8> {
    let mut message = SEEDS[dice.roll(SEEDS.len())].as_bytes().to_vec();
    for _ in 0..=dice.roll(12) {
        let at = dice.roll(message.len() + 1).min(message.len());
        let end = (at + dice.roll(40)).min(message.len());
        match dice.roll(7) {
            0 => drop(message.drain(at..end)),
            1 => message.splice(at..at, PIECES[dice.roll(PIECES.len())].bytes()).for_each(drop),
            2 => message.splice(at..end, PIECES[dice.roll(PIECES.len())].bytes()).for_each(drop),
            3 => {
                let again = message[at..end].repeat(dice.roll(30));
                message.splice(at..at, again).for_each(drop);
            }
            4 => message.extend(SEEDS[dice.roll(SEEDS.len())].bytes()),
            5 => message.truncate(at),
            _ => {
                if let Some(byte) = message.get_mut(at) {
                    *byte = u8::try_from(dice.roll(256)).unwrap();
                }
            }
        }
    }
    message
}

/// All that reads words of strangers.
fn read(message: &[u8]) -> bool {
    let Ok(letter) = parse(message) else { return false };
    let left = cut(&letter.text);
    assert!(left.len() <= letter.text.len() && !letter.subject.contains(['\r', '\n', '\0']));
    assert!(letter.files.iter().all(|file| !file.name.is_empty() && !file.name.contains(['/', '\0', '\n'])));
    assert!(letter.from.as_ref().is_none_or(|from| from.is_ascii() && !from.contains(' ')));
    drop(subject(&letter.subject));
    drop(is_confirmed(&letter.authentication, "mx", "a.b").to_string());
    true
}

#[expect(clippy::disallowed_methods, reason = "how long and from where is said to the tests, not to the program")]
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn whatever_comes_in_is_taken_apart_without_a_panic_and_in_time() {
    for seed in SEEDS {
        read(seed.as_bytes());
    }
    let seed = number("SIGAP_FUZZ_SEED", 20_261_124);
    let (all, long) = (Work::begin(), number("SIGAP_FUZZ_SECONDS", 0));
    let (mut dice, mut tried, mut made_out) = (Dice(seed | 1), 0_u64, 0_u64);
    while tried < FEW || all.so_far().as_secs() < long {
        let message = changed(&mut dice);
        let work = Work::begin();
        let outcome = catch_unwind(AssertUnwindSafe(|| read(&message)));
        let Ok(readable) = outcome else {
            panic!("seed {seed}, message {tried}: {:?}", String::from_utf8_lossy(&message))
        };
        let took = work.so_far();
        assert!(took < LONGEST, "seed {seed}, message {tried}: {took:?} for {} bytes", message.len());
        tried += 1;
        made_out += u64::from(readable);
    }
    println!("{tried} messages from seed {seed}, {made_out} made out, 0 panics");
    assert!(made_out > tried / 2);
}
