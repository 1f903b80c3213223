//! What programs quote and sign, as they do it; what remains is what somebody wrote.

use sigap::inbox::cut::{cut, subject};
use sigap::inbox::parse::parse;

/// Name, message text, what is left.
const TEXTS: &[(&str, &str, &str)] = &[
    ("nothing to cut", "Sudah bisa.\n\nTerima kasih.", "Sudah bisa.\n\nTerima kasih."),
    (
        "gmail, id",
        "Sudah bisa.\n\nPada tanggal Sen, 2 Mar 2026 pukul 08.00 Service Desk <\nservicedesk@lebakkab.go.id> menulis:\n\n> Tiket baru\n> Buka tiket\n",
        "Sudah bisa.",
    ),
    (
        "gmail, en",
        "Works.\n\nOn Mon, Mar 2, 2026 at 8:00 AM Service Desk <servicedesk@lebakkab.go.id>\nwrote:\n\n> New ticket\n",
        "Works.",
    ),
    (
        "gmail of old",
        "Sudah.\n2026-03-02 8:00 GMT+07:00 Service Desk <servicedesk@lebakkab.go.id>:\n> Tiket\n",
        "Sudah.",
    ),
    (
        "thunderbird, below the quote",
        "On 3/2/26 08:00, Service Desk wrote:\n> Tiket baru\n>\n> Buka tiket\n\nSudah bisa.\n\n-- \nSiti\n",
        "Sudah bisa.",
    ),
    (
        "thunderbird, between",
        "Pada 02/03/26 08.00, Service Desk menulis:\n> Versi berapa?\nVersi 2.\n> Sejak kapan?\nSejak pagi.\n",
        "Versi 2.\nSejak pagi.",
    ),
    (
        "outlook, id",
        "Sudah bisa.\n\n________________________________\nDari: Service Desk <servicedesk@lebakkab.go.id>\nTerkirim: Senin, 02 Maret 2026 08.00\nKepada: Siti Aminah\nSubjek: [LBK-2026-000001] Tiket\n\nTiket baru\n",
        "Sudah bisa.",
    ),
    (
        "outlook, en",
        "Works.\n\nFrom: Service Desk <servicedesk@lebakkab.go.id>\nSent: Monday, March 2, 2026 8:00 AM\nTo: Siti\nSubject: Ticket\n\nNew ticket\n",
        "Works.",
    ),
    ("outlook on the web", "Works.\n\n*From:* Service Desk\n*Date:* Monday\n*To:* Siti\n", "Works."),
    ("outlook of old", "Sudah.\n\n-----Original Message-----\nFrom: Service Desk\n\nTiket\n", "Sudah."),
    ("outlook of old, id", "Sudah.\n-----Pesan Asli-----\nDari: Service Desk\n", "Sudah."),
    ("telephone", "Sudah.\n\nDikirim dari iPhone saya\n", "Sudah."),
    (
        "telephone above a quote",
        "OK\n\nSent from my Samsung Galaxy\n\nOn Mon, 2 Mar 2026 at 08.00, Desk wrote:\n> x\n",
        "OK",
    ),
    (
        "outlook for a telephone",
        "OK\nDapatkan Outlook untuk Android\n________________________________\nFrom: D\nSent: S\nTo: T\n",
        "OK",
    ),
    ("signature", "Sudah.\n-- \nSiti Aminah\nDinas Kesehatan\n", "Sudah."),
    ("only a quote", "> Tiket\n> Buka\n", ""),
    ("only a signature", "-- \nSiti\n", ""),
    (
        "words that look alike",
        "Pada hari Senin ia menulis: printer macet.\nOn the wall someone wrote: help",
        "Pada hari Senin ia menulis: printer macet.\nOn the wall someone wrote: help",
    ),
    ("a head that is none", "Dari: gudang sampai kantor\nsinyal hilang.", "Dari: gudang sampai kantor\nsinyal hilang."),
    (
        "a list",
        "Langkah:\n- nyalakan\n-- tunggu\n--- selesai ---\n",
        "Langkah:\n- nyalakan\n-- tunggu\n--- selesai ---",
    ),
    (
        "words that begin like an introduction",
        "Pada jam 9 kepala menulis:\nLaporan hilang.\nItu masalahnya.",
        "Pada jam 9 kepala menulis:\nLaporan hilang.\nItu masalahnya.",
    ),
    (
        "words that begin like one with a date",
        "Pada 7 April 2026 kepala menulis:\nLaporan hilang.",
        "Pada 7 April 2026 kepala menulis:\nLaporan hilang.",
    ),
    (
        "a form that looks like a head",
        "Masalah di form:\nDari: Lebak\nKepada: Serang\nTanggal: 7\nKolom itu kosong.",
        "Masalah di form:\nDari: Lebak\nKepada: Serang\nTanggal: 7\nKolom itu kosong.",
    ),
    ("an empty form", "Kosong:\n\nDari:\nKepada:\nTanggal:", "Kosong:\n\nDari:\nKepada:\nTanggal:"),
    (
        "a head without words of his own",
        "Dari: Service Desk <servicedesk@lebakkab.go.id>\nTerkirim: Senin\nKepada: Siti\n\nTiket baru",
        "",
    ),
    (
        "an introduction without words of his own",
        "Pada 7 Apr 2026 08.00, Desk <servicedesk@lebakkab.go.id> menulis:\n\nTiket baru",
        "",
    ),
    (
        "roundcube, id",
        "Service Desk Kabupaten Lebak menulis pada 2026-04-07 08:05:\n> Sudah dicoba?\n\nSudah.\n",
        "Sudah.",
    ),
    ("roundcube, en", "On 2026-04-07 08:05, Service Desk wrote:\n> Done?\n\nDone.\n", "Done."),
    ("a rule", "Atas\n____\nBawah", "Atas\n____\nBawah"),
    ("zoho", "Sudah.\n\n---- On Mon, 30 Nov 2026 08:15:00 +0700 Desk <d@x.id> wrote ---\n\nTiket\n", "Sudah."),
    ("zoho, id", "Sudah.\n\n---- Service Desk <d@x.id> menulis ----\n\nTiket\n", "Sudah."),
    ("zimbra", "Sudah.\n\n----- On Nov 30, 2026, at 8:15 AM, desk d@x.id wrote:\n\nTiket\n", "Sudah."),
    ("zimbra, id", "Sudah.\n\n----- Pesan Original -----\nDari: Desk\n\nTiket\n", "Sudah."),
    (
        "zimbra, to many",
        "Sudah.\n\nFrom: \"Desk\" <d@x.id>\nTo: \"A\" <a@x.id>,\n \"B\" <b@x.id>,\n \"C\" <c@x.id>,\n \"D\" <d@x.id>\n\
         Cc: \"E\" <e@x.id>,\n \"F\" <f@x.id>\nSent: Monday\nSubject: x\n\nTiket\n",
        "Sudah.",
    ),
    (
        "yahoo for a telephone",
        "Sudah.\n\nDikirim dari Yahoo Mail di Android \n \n  Pada Sen, 30 Nov 2026 pada 8:15, Desk<d@x.id> menulis:   Tiket\nBuka\n",
        "Sudah.",
    ),
    (
        "a program of a telephone",
        "Sudah.\n\nService Desk <d@x.id> pada 30 Nov 2026 8:15 AM menulis:\n\nTiket\n",
        "Sudah.",
    ),
    (
        "samsung on one line",
        "Sudah.\n\n-------- Pesan asal --------Dari: Desk <d@x.id> Tanggal: 30/11/26 08.15 Subjek: x\nTiket\n",
        "Sudah.",
    ),
    ("huawei", "Sudah.\n\n-------- Email asli --------\nDari: Desk\nTiket\n", "Sudah."),
    ("an appointment", "Sudah.\n\n-----Janji Temu Asli-----\nDari: Desk\nKapan: besok\n", "Sudah."),
    ("groupwise", "Sudah.\n\n>>> Desk <d@x.id> 30/11/2026 08:15 >>>\nTiket\n", "Sudah."),
    ("a signature between", "> Versi?\nVersi 2.\n> Kapan?\n-- \nSiti\n> Nomor aset?\nPC-17\n", "Versi 2.\nPC-17"),
    (
        "a signature above what is answered below",
        "Di bawah.\n-- \nSiti\nDinkes\n\nOn 30/11/26 08.15, Desk wrote:\n> Versi?\n\nVersi 2.\n-- \nSiti\n",
        "Di bawah.\n\nVersi 2.",
    ),
    (
        "a signature above a quote",
        "Sudah.\n-- \nSiti\n\nOn 30/11/26 08.15, Desk wrote:\n> Versi?\n> Kapan?\n",
        "Sudah.",
    ),
    ("a signature above a message", "Sudah.\n-- \nSiti\n\n-----Pesan Asli-----\n> Versi?\nTiket\n", "Sudah."),
    ("an amount", ">75% penyimpanan terpakai", ">75% penyimpanan terpakai"),
    (
        "amounts",
        "Dampaknya:\n>50 pegawai tidak bisa masuk.\n> 3 OPD terdampak\nTolong.",
        "Dampaknya:\n>50 pegawai tidak bisa masuk.\n> 3 OPD terdampak\nTolong.",
    ),
    ("figures that are quoted", "Ya.\n\nPada 30/11/26 08.15, Desk menulis:\n\n>08.15 rapat\n>3 orang\n", "Ya."),
    ("a line that begins like a telephone's", "Dikirim dari komputer bendahara", "Dikirim dari komputer bendahara"),
    ("its own line alone", "Dikirim dari iPhone saya", ""),
    (
        "a last line that begins so",
        "Jawaban:\nDikirim dari ruang server, jam 10.00",
        "Jawaban:\nDikirim dari ruang server, jam 10.00",
    ),
];

#[test]
fn what_remains_of_a_reply_is_what_its_writer_wrote() {
    for (name, text, left) in TEXTS {
        assert_eq!(&cut(text), left, "{name}");
        assert_eq!(cut(left), *left, "{name}: cut again");
    }
}

#[test]
fn an_html_message_becomes_text() {
    let html = "Content-Type: text/html; charset=utf-8\r\nFrom: a@b.c\r\n\r\n\
        <html><head><style>p{color:red}</style><script>alert(1)</script></head><body>\
        <p>Sudah&nbsp;bisa &amp; lancar.</p><p>Terima kasih.</p>\
        <div>Pada Sen, 2 Mar 2026 pukul 08.00 Desk &lt;servicedesk@lebakkab.go.id&gt; menulis:</div>\
        <blockquote>Tiket baru</blockquote></body></html>";
    let text = parse(html.as_bytes()).unwrap().text;
    assert!(!text.contains("alert") && !text.contains("color"), "{text}");
    let left = cut(&text);
    assert!(left.starts_with("Sudah") && left.ends_with("Terima kasih.") && left.contains("bisa & lancar."), "{left}");
}

/// The text of a message in HTML.
fn html(body: &str) -> String {
    parse(format!("Content-Type: text/html; charset=utf-8\r\nFrom: a@b.c\r\n\r\n{body}").as_bytes()).unwrap().text
}

#[test]
fn what_a_reader_sees_as_lines_of_an_html_message_are_lines() {
    for (written, read) in [
        ("<div>Baris satu</div><div>Baris dua</div>", "Baris satu\nBaris dua"),
        ("<p>Satu</p>\r\n<p class=MsoNormal>Dua<o:p></o:p></p>", "Satu\nDua"),
        ("Satu<br class=\"\">Dua<br/><br>Tiga", "Satu\nDua\n\nTiga"),
        ("<div dir=ltr>Satu<div><br></div><div>Dua</div></div>", "Satu\n\nDua"),
        ("Daftar:<ul><li>printer</li><li>monitor</li></ul>Itu.", "Daftar:\n- printer\n- monitor\nItu."),
        (
            "<table><tbody><tr><th>PC</th><th>IP</th></tr><tr><td>PC-01</td><td>192.168.1.1</td></tr></tbody></table>",
            "PC\tIP\nPC-01\t192.168.1.1",
        ),
        ("<h1>Judul</h1>isi<h2>Lagi</h2>", "Judul\nisi\nLagi"),
        ("<pre>\ngalat 1\n  galat  2\tkolom\n</pre>Itu.", "galat 1\n  galat  2\tkolom\nItu."),
        ("Teks <b>tebal</b> dan <i>miring</i>.", "Teks tebal dan miring."),
        ("<style>p > a{}</style><div>Satu</div>", "Satu"),
        (
            "<blockquote style=\"margin:0 0 0 40px;border:none\"><div>Menjorok</div></blockquote>Biasa",
            "Menjorok\nBiasa",
        ),
        ("Atas<blockquote type=\"cite\"><div>Satu</div>Dua</blockquote>Bawah", "Atas\n> Satu\n> Dua\nBawah"),
        (
            "<html><head><meta charset=utf-8><title>x</title><body><p>Printer terbakar</p></body></html>",
            "Printer terbakar",
        ),
        ("<!-----banner---->Printer <!-- a -> b > c -->terbakar<!-->.<!--->", "Printer terbakar."),
        ("<p>Suhu < 20 derajat, 5<6 dan 7>6</p>", "Suhu < 20 derajat, 5<6 dan 7>6"),
        ("<p>Satu <img alt='a > b'><a title=\"a > b\" href=x>dua</a> <i class=it's>tiga</i></p>", "Satu dua tiga"),
        ("<a title=\"x>Satu</a> dua", "Satu dua"),
        ("<p><b>Penting:</b> printer mati</p>", "Penting: printer mati"),
        ("<p>Satu</p><style>p{}<p>Dua</p>", "Satu\np{}\nDua"),
        ("<p>Satu</p><!-- <p>Dua</p>", "Satu\nDua"),
        ("<p>Satu</p><p", "Satu\n<p"),
    ] {
        assert_eq!(html(written), read, "{written}");
    }
}

#[test]
fn what_an_html_reply_quotes_is_cut_and_what_stands_below_or_between_stays() {
    for (written, left) in [
        (
            "<div class=\"elementToProof\">Sudah dicoba.</div><div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\" \
             dir=\"ltr\"><font><b>Dari:</b> Service Desk<br><b>Dikirim:</b> Selasa<br><b>Kepada:</b> Siti</font></div>\
             <div>Apakah sudah dicoba?</div>",
            "Sudah dicoba.",
        ),
        (
            "<div><p class=MsoNormal>Sudah.<o:p></o:p></p><div style='border-top:solid 1pt'><p class=MsoNormal><b>From:</b> \
             Service Desk<br><b>Sent:</b> Monday<br><b>To:</b> Siti<br><b>Subject:</b> x<o:p></o:p></p></div><p>Lama</p></div>",
            "Sudah.",
        ),
        (
            "<div>On 3/2/26, Desk wrote:</div><blockquote type=\"cite\"><div>Nomor?</div></blockquote><div>ABC</div>",
            "ABC",
        ),
        (
            "<div>Sudah.</div><br><div class=\"gmail_quote\"><div class=\"gmail_attr\">Pada Sel, 7 Apr 2026 Desk &lt;\
             s@x.id&gt; menulis:<br></div><blockquote class=\"gmail_quote\" style=\"margin:0\">Lama</blockquote></div>",
            "Sudah.",
        ),
        (
            "<div>Sudah.</div><hr id=\"zwchr\"><div><blockquote style=\"border-left:2px;margin-left:5px\"><b>Dari: </b>\
             Desk<br><b>Judul: </b>x</blockquote><blockquote style=\"border-left:2px\">Lama</blockquote></div>",
            "Sudah.",
        ),
        (
            "<div>Sudah.</div><hr id=\"zwchr\"><div>Pada 30 Nov 2026, pada 08.15, desk d@x.id menulis:</div>\
             <blockquote style=\"border-left:2px\">Lama</blockquote>",
            "Sudah.",
        ),
        ("<div>Dampaknya:</div><div>&gt; 50 pegawai</div>", "Dampaknya:\n> 50 pegawai"),
    ] {
        assert_eq!(cut(&html(written)), left, "{written}");
    }
}

#[test]
fn an_empty_text_beside_html_hides_no_words() {
    for blank in ["", " \r\n\r\n", "\u{a0}\r\n", "\u{200b}\u{feff}"] {
        let raw = format!(
            "From: a@b.c\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; \
             charset=utf-8\r\n\r\n{blank}\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Kertas macet</p>\r\n--b--\r\n"
        );
        assert_eq!(parse(raw.as_bytes()).unwrap().text, "Kertas macet", "{blank:?}");
    }
}

#[test]
fn a_name_may_hold_an_at_sign_but_no_other_address() {
    let own = "siti@lebakkab.go.id";
    for (field, taken) in [
        (format!("\"Siti @ Dinkes\" <{own}>"), true),
        (format!("Siti (HP @kantor) <{own}>"), true),
        (format!("\"Siti <Ami>\" <{own}>"), true),
        (format!("Kami: {own};"), true),
        (format!("\"O'Brien, Siti\" <{own}>"), true),
        (format!("'{own}' <{own}>"), true),
        (format!("{own} (Siti @ Dinkes)"), true),
        (format!("\"bos@x.com\" <{own}>"), false),
        (format!("\"bos @ x.com\" <{own}>"), false),
        (format!("\"bos@x .com\" <{own}>"), false),
        (format!("bos@x(a).com <{own}>"), false),
        (format!("\"(\" bos@x(a).com <{own}>"), false),
        (format!("Siti (bos@x.com) <{own}>"), false),
        (format!("\"bos\"@x.com <{own}>"), false),
        (format!("\"x\"{own} <{own}>"), true),
        (format!("bos@[10.0.0.1] <{own}>"), false),
        (format!("bos@x\u{3002}com <{own}>"), false),
        (format!("<@x.com:{own}>"), false),
        (format!("a{own} <{own}>"), false),
        (format!("<{own}> <{own}>"), false),
        (format!("Kami: {own}, bos@x.com;"), false),
        (format!("{own}, bos@x.com"), false),
    ] {
        let from = parse(format!("From: {field}\r\n\r\nx").as_bytes()).unwrap().from;
        assert_eq!(from.as_deref(), taken.then_some(own), "{field}");
    }
}

#[test]
fn a_subject_loses_what_programs_put_in_front_of_it() {
    for (written, left) in [
        ("Re: RE: Fwd: Printer macet", "Printer macet"),
        ("Bls: [LBK-2026-000123] Tiket diterima", "Tiket diterima"),
        ("[LBK-2026-000123] Re: x", "x"),
        ("Re: [LBK-2026-000121] Tiket baru: Coba", "Coba"),
        ("RE: [LBK-2026-000121] Closed: Coba: lagi", "Coba: lagi"),
        ("Re: [LBK-2026-000121] Ditugaskan kepada Budi: Coba", "Coba"),
        ("Re: [LBK-2026-000121] Diteruskan ke Service Desk Tier 2: Coba", "Coba"),
        ("Re: [LBK-2026-000121] Batas waktu sudah lama terlewat: Coba", "Coba"),
        ("Re: [LBK-2026-000121] 3 pembaruan: Coba", "Coba"),
        ("Re: [LBK-2026-000121] Ada pembaruan", ""),
        ("Re: [LBK-2026-000121] Data pembaruan: hilang", "Data pembaruan: hilang"),
        ("Tiket baru: Coba", "Tiket baru: Coba"),
        ("[Darurat] Printer", "[Darurat] Printer"),
        ("[LBK-2026-12-1] Printer", "[LBK-2026-12-1] Printer"),
        ("Regarding x", "Regarding x"),
        ("Re:", ""),
        ("", ""),
    ] {
        assert_eq!(subject(written), left);
    }
}
