//! What was done is told in the words of that act, and in the region's own words for its desks.

use super::tabs::HANDED_UP;
use super::{Desk, number, reported};
use crate::support::browser::Browser;

// T1
#[actix_web::test]
async fn whoever_has_done_something_reads_what_it_was() {
    let mut desk = Desk::new().await;
    let other = number(&reported(&desk.clerk, "SIMPEG galat 502").await);
    let (clerk, tier1, tier2) = (&desk.clerk, &desk.tier1, &desk.tier2);
    let chief = &Browser::lebak(&desk.app, "koordinator").await;
    let acts: &[(&Browser, &str, &[(&str, &str)], &str)] = &[
        (tier1, "watch", &[], "Anda mengikuti tiket ini."),
        (tier1, "unwatch", &[], "Anda berhenti mengikuti tiket ini."),
        (tier1, "invite", &[("person", "koordinator@lebakkab.go.id")], "Rekan Anda kini mengikuti tiket ini."),
        (tier1, "consult", &[("question", "Servernya mati?")], "Pertanyaan terkirim ke Service Desk Tier 2."),
        (tier1, "start", &[], "Tiket mulai dikerjakan."),
        (tier1, "assign", &[], "Tiket ditugaskan kepada Budi Santoso."),
        (tier1, "comment", &[("body", "Kami periksa.")], "Balasan terkirim."),
        (
            tier1,
            "comment",
            &[("body", "Ia lupa sandi."), ("visibility", "internal")],
            "Catatan untuk petugas terkirim.",
        ),
        (tier1, "pend", &[("reason", "vendor")], "Tiket ditunda."),
        (tier1, "resume", &[], "Tiket dilanjutkan."),
        (tier1, "edit", &[("subject", "SIMPEG mati")], "Perubahan tiket tersimpan."),
        (tier1, "link", &[("ticket", &other)], "Tiket dikaitkan."),
        (tier1, "untie", &[], "Kaitan tiket dilepas."),
        (tier1, "escalate", &HANDED_UP, "Tiket diteruskan ke Service Desk Tier 2."),
        (chief, "remind", &[("note", "Mohon kabar.")], "Pengingat terkirim ke Service Desk Tier 2."),
        (tier2, "return", &[("instructions", "Hapus singgahan.")], "Tiket dikembalikan ke Service Desk Tier 1."),
        (tier1, "resolve", &[("resolution", "Dimulai ulang.")], "Tiket dinyatakan selesai."),
        (clerk, "reopen", &[("reason", "Masih galat.")], "Tiket dibuka lagi."),
        (tier1, "resolve", &[("resolution", "Diperbaiki.")], "Tiket dinyatakan selesai."),
        (clerk, "close", &[], "Tiket ditutup."),
    ];
    for (who, act, fields, told) in acts {
        desk.app.step(chrono::Duration::seconds(1));
        let page = desk.act(who, act, fields).await;
        assert_eq!((page.status, page.all("#done")), (200, vec![(*told).to_owned()]), "{act}: {}", page.words());
    }
    desk.place = format!("/tickets/{other}");
    let page = desk.act(&desk.clerk, "cancel", &[("reason", "Sudah bisa.")]).await;
    assert_eq!(page.all("#done"), ["Tiket dibatalkan."]);
}
