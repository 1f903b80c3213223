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
    ("a rule", "Atas\n____\nBawah", "Atas\n____\nBawah"),
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

#[test]
fn a_subject_loses_what_programs_put_in_front_of_it() {
    for (written, left) in [
        ("Re: RE: Fwd: Printer macet", "Printer macet"),
        ("Bls: [LBK-2026-000123] Tiket diterima", "Tiket diterima"),
        ("[LBK-2026-000123] Re: x", "x"),
        ("[Darurat] Printer", "[Darurat] Printer"),
        ("[LBK-2026-12-1] Printer", "[LBK-2026-12-1] Printer"),
        ("Regarding x", "Regarding x"),
        ("Re:", ""),
        ("", ""),
    ] {
        assert_eq!(subject(written), left);
    }
}
