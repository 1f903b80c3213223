//! What a message encloses arrives as it was sent, and its words in whatever way they were written down.

use sigap::inbox::cut::cut;
use sigap::inbox::parse::{Letter, parse};

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let word = three.iter().enumerate().fold(0, |word, (n, byte)| word | u32::from(*byte) << (16 - 8 * n));
        for n in 0..4 {
            let letter = LETTERS[usize::try_from(word >> (18 - 6 * n) & 63).unwrap()];
            text.push(if n <= three.len() { char::from(letter) } else { '=' });
        }
        if text.len() % 78 > 72 {
            text.push_str("\r\n");
        }
    }
    text
}

fn quoted_printable(bytes: &[u8]) -> String {
    bytes
        .chunks(20)
        .map(|some| some.iter().map(|b| format!("={b:02X}")).collect::<String>())
        .collect::<Vec<_>>()
        .join("=\r\n")
}

/// A message of these parts, each with its own head.
fn mixed(parts: &[&str]) -> Letter {
    let parts: String = parts.iter().map(|part| format!("--b\r\n{part}\r\n")).collect();
    let head = "From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    parse(format!("{head}{parts}--b--\r\n").as_bytes()).unwrap()
}

/// A message of one text.
fn plain(kind: &str, bytes: &[u8]) -> Letter {
    let kind = if kind.is_empty() { String::new() } else { format!("Content-Type: {kind}\r\n") };
    parse(&[format!("From: a@b.c\r\n{kind}\r\n").as_bytes(), bytes].concat()).unwrap()
}

#[test]
fn a_text_file_keeps_every_byte() {
    let all: Vec<u8> = (0..=255).chain(b"\r\nsatu\nd".iter().copied()).chain((0..=255).rev()).collect();
    for kind in ["text/csv", "text/plain; charset=utf-16", "text/html; charset=windows-1252", "text/xml", "image/png"] {
        for (encoding, body) in [("base64", base64(&all)), ("quoted-printable", quoted_printable(&all))] {
            let letter = mixed(&[
                "Content-Type: text/plain\r\n\r\nIsi.",
                &format!(
                    "Content-Type: {kind}\r\nContent-Disposition: attachment; filename=data.csv\r\n\
                     Content-Transfer-Encoding: {encoding}\r\n\r\n{body}"
                ),
            ]);
            assert_eq!((letter.text.as_str(), letter.files.len()), ("Isi.", 1), "{kind} {encoding}");
            assert_eq!(letter.files[0].bytes, all, "{kind} {encoding}");
        }
    }
}

#[test]
fn an_enclosed_message_and_a_text_that_names_its_type_stay_as_they_were_written() {
    let inner = "Subject: luar\r\nContent-Type: multipart/digest; boundary=c\r\n\r\n--c\r\nContent-Type: message/rfc822\r\n\r\n\
                 Subject: dalam\r\n\r\nhalo\r\n--c--";
    let letter = mixed(&[
        "Content-Type: text/plain\r\n\r\nServer menulis:\r\nContent-Type: message/rfc822",
        &format!("Content-Type: message/rfc822\r\n\r\n{inner}"),
    ]);
    assert_eq!(letter.text, "Server menulis:\nContent-Type: message/rfc822");
    assert_eq!((letter.files.len(), String::from_utf8_lossy(&letter.files[0].bytes).as_ref()), (1, inner));
}

#[test]
fn a_text_is_read_as_what_it_is_where_its_charset_is_missing_or_wrong() {
    for (kind, bytes, read) in [
        ("", "harga “5” €".as_bytes(), "harga “5” €"),
        ("", b"harga \x935\x94 \x80", "harga “5” €"),
        ("text/plain", b"Caf\xe9", "Café"),
        ("text/plain; charset=us-ascii", "Café".as_bytes(), "Café"),
        ("text/plain; charset=utf-8", b"Caf\xe9 enak", "Café enak"),
        ("text/plain; charset=utf-8", b"Caf\xc3\xa9 ru\xffsak", "Café ru\u{fffd}sak"),
        ("text/plain; charset=x-unknown", "harga é".as_bytes(), "harga é"),
        ("text/plain; charset=\"ISO-8859-1\"", b"Caf\xe9", "Café"),
        ("text/html", b"<p>Caf\xe9</p>", "Café"),
    ] {
        assert_eq!(plain(kind, bytes).text, read, "{kind} {bytes:?}");
    }
}

#[test]
fn a_text_with_a_name_is_a_file_and_a_signature_of_a_program_is_none() {
    let letter = mixed(&[
        "Content-Type: text/plain\r\n\r\nIni lognya.\r\n\r\n-- \r\nSiti",
        "Content-Type: text/plain\r\nContent-Disposition: inline; filename=\"galat.log\"\r\n\r\nORA-00942",
        "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR",
        "Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx",
        "Content-Type: application/pgp-signature\r\n\r\nx",
    ]);
    assert_eq!(cut(&letter.text), "Ini lognya.");
    let files: Vec<(&str, &[u8])> = letter.files.iter().map(|file| (file.name.as_str(), &file.bytes[..])).collect();
    assert_eq!(files, [("galat.log", &b"ORA-00942"[..]), ("lampiran-2.ics", b"BEGIN:VCALENDAR")]);
    // A whole message with a name is no file.
    assert_eq!(plain("text/plain; name=isi.txt", b"Isi.").text, "Isi.");
}

#[test]
fn a_subject_and_a_name_that_were_broken_inside_a_character_are_whole() {
    for (written, read) in [
        ("=?utf-8?Q?Kertas_macet_=E2=80?=\r\n =?utf-8?q?=93_lantai_2?=", "Kertas macet – lantai 2"),
        ("Re: =?utf-8?B?Q2Fmww==?= =?UTF-8?B?qSBrb3Nvbmc=?= lagi", "Re: Café kosong lagi"),
        ("Re: =?utf-8?B?Q2Fmww==?= =?UTF-8?Q?=A9?=", "Re: Café"),
    ] {
        let raw = format!("From: a@b.c\r\nSubject: {written}\r\n\r\nx");
        assert_eq!(parse(raw.as_bytes()).unwrap().subject, read);
    }
    let letter = mixed(&["Content-Type: application/pdf\r\nContent-Disposition: attachment;\r\n \
                          filename*0*=utf-8''Surat%20r%C3;\r\n filename*1*=%A9.pdf\r\n\r\n%PDF"]);
    assert_eq!(letter.files[0].name, "Surat ré.pdf");
}

#[test]
fn a_text_that_a_program_broke_into_lines_is_whole_again() {
    for (kind, written, left) in [
        ("", "Ini kalimat yang \r\npanjang.\r\n-- \r\nSiti", "Ini kalimat yang panjang."),
        ("", "> Berapa \r\n> orang?\r\n >50 orang\r\n", ">50 orang"),
        ("", "Jumlah:\r\n From awal\r\n", "Jumlah:\nFrom awal"),
        ("; delsp=yes", "http://contoh.go.id/pan \r\njang\r\n", "http://contoh.go.id/panjang"),
    ] {
        let letter = plain(&format!("text/plain; charset=utf-8; format=flowed{kind}"), written.as_bytes());
        assert_eq!(cut(&letter.text), left, "{written}");
    }
}
