//! Messages that pretend: each becomes what the table says, and nothing more (lessons, section 4; the ticket trick).

use super::replies::{REQUESTER, TECHNICIAN, opened, to};
use super::room::{Raw, became, from};
use crate::mail::post::{Got, Post, accounts};
use crate::support::TestApp;
use crate::support::desk::{Cast, text, texts};
use crate::support::time::PATIENT;
use serde_json::Value;

/// A letter of the token, changed.
fn altered(id: &str) -> String {
    let at = id.len() / 2;
    let other = if &id[at..=at] == "0" { "1" } else { "0" };
    format!("{}{other}{}", &id[..at], &id[at + 1..])
}

fn parts(count: usize) -> Vec<u8> {
    let part = "--b\r\nContent-Type: text/plain\r\n\r\nisi\r\n";
    format!("{}--b--\r\n", part.repeat(count)).into_bytes()
}

fn deep(levels: usize) -> Vec<u8> {
    let open = |n: usize| format!("--b{n}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n", n + 1);
    (0..levels).map(open).collect::<String>().into_bytes()
}

/// Messages of each kind, all about the same ticket.
fn cases(mine: &Got, theirs: &Got, number: &str) -> Vec<(&'static str, Raw)> {
    let private = "siti.aminah@example.com";
    let outsider = "pegawai.disdik@lebakkab.go.id";
    let id = mine.header("message-id").unwrap();
    let root = mine.header("references").unwrap();
    let bare = |address| from(address).about("Re: SIMPEG mati");
    vec![
        ("honest reply of the requester", from(REQUESTER).answers(mine).says("Kata jujur.")),
        ("forged technician, no token", bare(TECHNICIAN)),
        ("forged technician, the requester's token", from(TECHNICIAN).answers(mine).says("Kata tamu.")),
        ("forged technician, the thread's root alone", bare(TECHNICIAN).with("References", &root)),
        ("another's token, of the same region", from(outsider).answers(mine).says("Kata tamu.")),
        ("another's token, of the desk's mail", from(outsider).answers(theirs).says("Kata tamu.")),
        ("another region's person with a token", from("pegawai.dinkes@blorakab.go.id").answers(mine)),
        ("altered token", bare(REQUESTER).with("In-Reply-To", &altered(&id))),
        (
            "token of the right form, signed by nobody",
            bare(REQUESTER).with("In-Reply-To", &format!("<m{}@lebakkab.go.id>", "0".repeat(50))),
        ),
        ("number in the subject alone", bare(REQUESTER).about(&format!("Re: [{number}] SIMPEG mati"))),
        ("private address with the token", from(private).answers(mine).says("Kata tamu.")),
        (
            "private address that calls itself the requester",
            bare(private).with("From", &format!("\"{REQUESTER}\" <{private}>")),
        ),
        ("requester's name beside a private address", bare(private).with("From", &format!("Siti Aminah <{private}>"))),
        ("the address itself as a name", bare(REQUESTER).with("From", &format!("\"{REQUESTER}\" <{REQUESTER}>"))),
        ("two addresses in From", bare(REQUESTER).with("From", &format!("{private}, {REQUESTER}"))),
        ("two From fields", bare(REQUESTER).above("From", private)),
        (
            "Cc to somebody outside",
            from(REQUESTER).answers(mine).with("Cc", &format!("{outsider}, {private}")).says("Dengan tembusan."),
        ),
        ("Reply-To elsewhere", from(REQUESTER).answers(mine).with("Reply-To", private).says("Balas ke sana.")),
        ("Sender elsewhere", from(private).with("Sender", REQUESTER).answers(mine)),
        ("line break in the subject", bare(REQUESTER).about("=?utf-8?q?Mati=0D=0ABcc:_siti.aminah@example.com?=")),
        (
            "line break in the name",
            bare(REQUESTER).with("From", &format!("=?utf-8?q?Siti=0D=0ABcc:_x?= <{REQUESTER}>")),
        ),
        ("a command in the body", from(TECHNICIAN).answers(theirs).says("#close\nstatus: closed\nassignee: me")),
        ("a control header", from(REQUESTER).answers(mine).with("X-Sigap-Status", "closed").says("Tutup.")),
    ]
}

/// Messages that no program writes.
fn oddities() -> Vec<(&'static str, Raw)> {
    vec![
        ("1,000 parts", from(REQUESTER).holds("multipart/mixed; boundary=b", parts(1000))),
        ("100,000 delimiters", from(REQUESTER).holds("multipart/mixed; boundary=b", "--b\r\n\r\n".repeat(100_000))),
        ("30 levels", from(REQUESTER).holds("multipart/mixed; boundary=b0", deep(30))),
        ("5,000 levels", from(REQUESTER).holds("multipart/mixed; boundary=b0", deep(5000))),
        (
            "5,000 messages inside each other",
            from(REQUESTER).holds("message/rfc822", "Content-Type: message/rfc822\r\n\r\n".repeat(5000)),
        ),
        ("300 KiB of header", from(REQUESTER).with("X-Panjang", &"a\r\n ".repeat(76_800))),
        (
            "broken charset",
            from(REQUESTER).holds("text/plain; charset=utf-9000", b"Caf\xe9 \xff\xfe mati\x00\x01".to_vec()),
        ),
        (
            "UTF-16 that ends in the middle",
            from(REQUESTER).holds("text/plain; charset=utf-16", vec![0xff, 0xfe, 0x41, 0x00, 0x42]),
        ),
        ("over 25 MiB", from(REQUESTER).says(&"a".repeat(25 * 1024 * 1024))),
        ("no message at all", from(REQUESTER).without("From").without("To").without("Subject").says("")),
    ]
}

/// What a requester and his desk notice of the ticket.
async fn noticed(cast: &Cast, ticket: &Value) -> (Vec<String>, Value) {
    let words = texts(&cast.tier1.of(ticket, "comments").await, "body");
    let mut now = cast.tier1.see(ticket).await.ok();
    // A comment raises the version; clocks count by themselves.
    for field in ["version", "updated_at", "sla"] {
        now[field] = Value::Null;
    }
    (words, now)
}

// L13, L15
#[actix_web::test]
async fn messages_that_pretend_become_what_the_table_says() {
    let cast = Cast::on(TestApp::with(PATIENT).await).await;
    let post = Post::of(&cast.app);
    let (ticket, mails) = opened(&cast, &post).await;
    let (mine, theirs) = (to(&mails, "pegawai.dinkes").clone(), to(&mails, "teknisi.dinkes").clone());
    let (_, before) = noticed(&cast, &ticket).await;
    let mut lines = Vec::new();
    for (name, raw) in cases(&mine, &theirs, &text(&ticket["number"])).into_iter().chain(oddities()) {
        let said = noticed(&cast, &ticket).await.0.len();
        let row = cast.app.deliver(&raw).await;
        let (now, after) = noticed(&cast, &ticket).await;
        assert_eq!(after, before, "{name}: the ticket itself never changes");
        let here = now[said..].join(" / ").replace('\n', "⏎");
        let place = match row.ticket_number.as_deref() {
            None => "-".into(),
            Some(number) if number == text(&ticket["number"]) => format!("here: {here}"),
            Some(number) => format!("apart: {}", &number[..3]),
        };
        assert_eq!(here.is_empty(), !place.starts_with("here"), "{name}");
        let mails = post.later(&cast.app).await;
        for mail in &mails {
            assert!(mail.to.ends_with("kab.go.id") && mail.header("bcc").is_none(), "{name}: {mail:?}");
        }
        let mut told = accounts(&mails);
        told.dedup();
        lines.push(format!("{name:50} | {:26} | {place:44} | {}", became(&row), told.join(" ")));
    }
    assert!(cast.tier1.of(&ticket, "watchers").await.is_empty(), "mail adds no reader");
    let table = lines.join("\n");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("spoofs", table));
}

#[actix_web::test]
async fn a_subject_with_a_line_break_is_one_line_in_the_ticket_and_in_its_mails() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let raw = from(REQUESTER).about("=?utf-8?q?Mati=0D=0ABcc:_siti@example.com?=");
    let number = cast.app.deliver(&raw).await.ticket_number.unwrap();
    let ticket = cast.requester.get(&format!("/tickets/{number}")).await.ok();
    assert_eq!(ticket["subject"], "Mati Bcc: siti@example.com");
    for mail in post.now(&cast.app).await {
        assert!(mail.header("bcc").is_none() && mail.subject.ends_with("Mati Bcc: siti@example.com"), "{mail:?}");
    }
}

#[actix_web::test]
async fn with_a_trusted_server_named_only_what_it_confirms_is_believed() {
    let app = TestApp::with("[inbox]\nauthserv_id = \"mx.lebakkab.go.id\"\n").await;
    let cast = Cast::on(app).await;
    let fine = "dmarc=pass (p=reject) header.from=lebakkab.go.id";
    let cases = [
        ("none", None, false),
        ("dmarc", Some(format!("mx.lebakkab.go.id; {fine}")), true),
        ("with a version and other case", Some(format!("MX.lebakkab.go.id 1; {fine}")), true),
        ("dkim of the domain", Some("mx.lebakkab.go.id; spf=fail; dkim=pass header.d=lebakkab.go.id".into()), true),
        ("spf of the domain", Some("mx.lebakkab.go.id; spf=pass smtp.mailfrom=a@lebakkab.go.id".into()), true),
        ("dkim of another domain", Some("mx.lebakkab.go.id; dkim=pass header.d=example.com".into()), false),
        ("dkim of a look-alike", Some("mx.lebakkab.go.id; dkim=pass header.d=xlebakkab.go.id".into()), false),
        ("spf of another domain", Some("mx.lebakkab.go.id; spf=pass smtp.mailfrom=a@example.com".into()), false),
        ("dmarc of another From", Some("mx.lebakkab.go.id; dmarc=pass header.from=example.com".into()), false),
        ("fail", Some("mx.lebakkab.go.id; dmarc=fail header.from=lebakkab.go.id".into()), false),
        ("a pass in a comment", Some(format!("mx.lebakkab.go.id; dmarc=fail ({fine})")), false),
        ("a pass in quotes", Some(format!("mx.lebakkab.go.id; dmarc=fail reason=\"x; {fine}\"")), false),
        (
            "a pass behind an escaped quote",
            Some(format!(r#"mx.lebakkab.go.id; spf=pass smtp.mailfrom="x\"; {fine}; y=\""@jahat.example; dmarc=none"#)),
            false,
        ),
        (
            "a pass behind an escaped bracket",
            Some(format!(r#"mx.lebakkab.go.id; spf=pass (domain of "x\); {fine} \("@jahat.example); dmarc=none"#)),
            false,
        ),
        ("a quote that does not close", Some(format!("mx.lebakkab.go.id; {fine}; spf=none reason=\"x")), false),
        ("a bracket that does not close", Some(format!("mx.lebakkab.go.id; {fine}; spf=none (x")), false),
        ("a bracket that closes nothing", Some(format!("mx.lebakkab.go.id; {fine}; spf=none x)")), false),
        (
            "two words of DMARC",
            Some(format!("mx.lebakkab.go.id; {fine}; dmarc=none header.from=lebakkab.go.id")),
            false,
        ),
        (
            "spf of the domain where DMARC fails",
            Some(
                "mx.lebakkab.go.id; spf=pass smtp.mailfrom=a@lebakkab.go.id; dmarc=fail header.from=lebakkab.go.id"
                    .into(),
            ),
            false,
        ),
        (
            "an address in quotes",
            Some(r#"mx.lebakkab.go.id; spf=pass (says "a;b") smtp.mailfrom="a\" b"@lebakkab.go.id"#.into()),
            true,
        ),
        ("another server", Some(format!("mx.example.com; {fine}")), false),
        ("a server whose name begins alike", Some(format!("mx.lebakkab.go.id.example.com; {fine}")), false),
    ];
    for (name, field, believed) in cases {
        let raw = match field {
            Some(field) => from(REQUESTER).above("Authentication-Results", &field),
            None => from(REQUESTER),
        };
        let expected = if believed { "done ticket" } else { "refused unauthenticated" };
        assert_eq!(became(&cast.app.deliver(&raw).await), expected, "{name}");
    }
    // Only the topmost of that server: what lies below came with the message.
    let below = from(REQUESTER)
        .above("Authentication-Results", &format!("mx.lebakkab.go.id; {fine}"))
        .above("Authentication-Results", "mx.lebakkab.go.id; dmarc=fail header.from=lebakkab.go.id")
        .above("Authentication-Results", &format!("spam.example.com; {fine}"));
    assert_eq!(became(&cast.app.deliver(&below).await), "refused unauthenticated");
}
