//! What of a region changes over the years, and what does not (P4).

use crate::mail::post::Post;
use crate::support::browser::Browser;
use crate::support::desk::Cast;
use actix_web::http::Method;
use serde_json::{Value, json};
use sigap::org::region;

const LEBAK: &str = "/regions/lebak";

// P4, T1, L16
#[actix_web::test]
async fn the_operator_changes_what_changes_over_the_years_and_everybody_reads_it_at_once() {
    let cast = Cast::new().await;
    let before = cast.operator.get(LEBAK).await.ok();
    let terms = json!({ "tier1": "Meja Depan", "tier2": "Tim Inti", "provider": "Diskominfo" });
    let nomenclature = json!({ "default": "surat.{abbr}" });
    let fields = json!({
        "name": "Kabupaten Lebak Baru", "terms": terms, "nomenclature": nomenclature, "password_policy": "bssn",
        "language": "en", "desk_mailbox": "meja@layanan.lebakkab.go.id", "required_mails": ["closed"],
        "report_basis": "Peraturan Bupati Lebak Nomor 7 Tahun 2029",
    });
    let after = cast.operator.patch(LEBAK, fields.clone()).await.ok();
    for (name, value) in fields.as_object().unwrap() {
        let told = after.get(name).unwrap_or(&after["entry"][name]);
        assert_eq!(told, value, "{name}");
    }
    for name in ["id", "code", "kemendagri", "ticket_prefix", "domain", "mail_domain", "time_zone"] {
        assert_eq!(after[name], before[name], "{name}");
    }
    assert_eq!(cast.operator.get(LEBAK).await.ok(), after);
    assert_eq!(cast.requester.get("/me").await.ok()["terms"], terms);
    assert_eq!(cast.requester.get(LEBAK).await.ok().get("entry"), None, "what the operator keeps is his");
    let new = json!({ "code": "baru", "kind": "dinas", "name": "Dinas Baru" });
    assert_eq!(cast.admin.post("/opds", new).await.created()["mailbox"], "surat.baru@lebakkab.go.id");
    let new = json!({ "name": "Siti", "email": "siti.baru@lebakkab.go.id" });
    assert_eq!(cast.admin.post("/people", new).await.created()["entry"]["language"], "en");
    let mails = cast.requester.get("/me/mails").await.ok();
    let required = mails["items"].as_array().unwrap().iter().filter(|mail| mail["required"] == true);
    assert!(required.map(|mail| &mail["topic"]).eq([&json!("closed")]), "{mails}");
    let monthly = Browser::lebak(&cast.app, "koordinator").await.get("/reports/monthly").await;
    assert!(monthly.words().contains("Peraturan Bupati Lebak Nomor 7 Tahun 2029"), "{}", monthly.words());
    let post = Post::of(&cast.app);
    cast.requester.open("SIMPEG mati").await;
    let mails = post.later(&cast.app).await;
    assert!(mails.iter().all(|mail| mail.raw.contains("meja@layanan.lebakkab.go.id")) && !mails.is_empty());
    // Of another region nothing has changed.
    assert_eq!(cast.stranger.get("/me").await.ok()["terms"]["tier2"], "Superadmin");
}

// R7, P8
#[actix_web::test]
async fn a_change_of_a_region_names_its_version_and_is_an_entry_of_its_log() {
    let cast = Cast::new().await;
    let read = cast.operator.get(LEBAK).await;
    let tag = read.header("etag").unwrap().to_owned();
    let basis = |n: u8| Some(json!({ "report_basis": format!("Peraturan Bupati Nomor {n}") }));
    let patch = async |tag: &str, n| cast.operator.send(Method::PATCH, LEBAK, &[("if-match", tag)], basis(n)).await;
    let done = patch(&tag, 1).await;
    assert_eq!((done.status, done.header("etag") == Some(&tag)), (200, false), "{}", done.text);
    patch(&tag, 2).await.refused(412);
    let now = cast.operator.get(LEBAK).await.ok();
    assert_eq!(
        (&now["entry"]["report_basis"], &now["entry"]["version"]),
        (&json!("Peraturan Bupati Nomor 1"), &json!(2))
    );
    // What says nothing new is no change, and nobody's form is of yesterday by it.
    cast.later();
    let fields = json!({ "language": "id", "name": "Kabupaten Lebak", "required_mails": null });
    assert_eq!(cast.operator.patch(LEBAK, fields).await.ok(), now);
    assert_eq!(cast.operator.get(LEBAK).await.header("etag"), done.header("etag"));
    let entries = cast.auditor.items("/audit/entries?action=region.change").await;
    let told: Vec<&Value> = entries.iter().map(|entry| &entry["detail"]["changed"]).collect();
    assert_eq!(told, [&json!(["report_basis"])]);
    let operator = cast.operator.id().await;
    assert!(
        entries.iter().all(|entry| entry["actor"] == operator && entry["detail"]["code"] == "lebak"),
        "{entries:?}"
    );
    cast.operator.patch(LEBAK, json!({ "report_basis": null, "required_mails": ["closed"] })).await.ok();
    let now = cast.operator.patch(LEBAK, json!({ "required_mails": null })).await.ok();
    assert_eq!(now["entry"]["report_basis"], Value::Null);
    let shared = json!(["escalated", "question", "warned", "breached"]);
    assert_eq!(now["entry"]["required_mails"], shared);
    cast.later();
    // Its own from now on, whatever that of every region becomes.
    cast.operator.patch(LEBAK, json!({ "required_mails": shared })).await.ok();
    let entries = cast.auditor.items("/audit/entries?action=region.change").await;
    assert_eq!(entries[0]["detail"]["changed"], json!(["required_mails"]));
}

#[actix_web::test]
async fn what_a_region_is_told_apart_by_stays_and_what_does_not_fit_is_refused() {
    let cast = Cast::new().await;
    let before = cast.operator.get(LEBAK).await.ok();
    for (name, value) in [
        ("code", json!("lebak")),
        ("ticket_prefix", json!("LBX")),
        ("domain", json!("lebakkab.go.id")),
        ("mail_domain", json!("mail.lebakkab.go.id")),
        ("time_zone", json!("Asia/Makassar")),
        ("kemendagri", json!("36.03")),
        ("name", json!("")),
        ("terms", json!({ "tier1": "Meja Depan" })),
        ("nomenclature", json!({ "default": "sama" })),
        ("password_policy", json!("apa saja")),
        ("language", json!("jv")),
        ("desk_mailbox", json!("servicedesk@temanggungkab.go.id")),
        ("required_mails", json!(["apa-saja"])),
        ("report_basis", json!("")),
    ] {
        let refused = cast.operator.patch(LEBAK, json!({ "report_basis": "Lain", name: value })).await.refused(422);
        let pointer = refused["errors"][0]["pointer"].as_str().unwrap_or_default();
        assert!(pointer.starts_with(&format!("/{name}")), "{name}: {refused}");
    }
    assert_eq!(cast.operator.get(LEBAK).await.ok(), before);
    cast.admin.patch(LEBAK, json!({ "name": "Lebak" })).await.refused(403);
    let foreign = cast.admin.patch("/regions/blora", json!({ "name": "Blora" })).await.refused(404);
    assert_eq!(foreign["detail"], cast.admin.patch("/regions/tiada", json!({})).await.refused(404)["detail"]);
}

// P4
#[actix_web::test]
async fn the_operator_changes_a_region_on_its_page() {
    let cast = Cast::new().await;
    let operator = Browser::of(&cast.app, "operator@sigap.example").await;
    let (place, action) = ("/admin/regions/lebak", "/admin/regions/lebak/entry");
    // Saved as it stands it changes nothing: not the version, and not whose the list of required mails is.
    let page = operator.fill(&operator.get(place).await, action, &[]).await;
    assert_eq!((page.status, page.place.as_str()), (200, "/admin/regions/lebak?done=saved"));
    assert!(cast.auditor.items("/audit/entries?action=region.change").await.is_empty());
    let lebak = cast.app.region("lebak").await;
    let required = cast.app.within(move |tx| Ok(region::by_id(tx, lebak)?.settings.0["required_mails"].clone())).await;
    assert_eq!(required, Value::Null);
    let (old, older) = (operator.get(place).await, operator.get(place).await);
    let ticked = old.attributes("#entry input[type=checkbox][checked], form input[type=checkbox][checked]", "name");
    assert_eq!(ticked, ["required-escalated", "required-question", "required-warned", "required-breached"]);
    let fields =
        [("report_basis", "Peraturan Bupati Nomor 9"), ("required-closed", "yes"), ("terms/tier1", "Meja Depan")];
    let page = operator.fill(&old, action, &fields).await;
    assert_eq!((page.status, page.place.as_str()), (200, "/admin/regions/lebak?done=saved"), "{}", page.words());
    let entries = cast.auditor.items("/audit/entries?action=region.change").await;
    assert_eq!(entries[0]["detail"]["changed"], json!(["terms", "required_mails", "report_basis"]));
    assert_eq!(operator.fill(&older, action, &[("name", "Lain")]).await.status, 412);
    for wrong in ["{", "{ \"default\": \"sama\" }"] {
        let refused = operator.fill(&page, action, &[("nomenclature", wrong)]).await;
        assert_eq!((refused.status, refused.all("#entry-nomenclature-fault").len()), (422, 1), "{}", refused.words());
    }
    let admin = Browser::lebak(&cast.app, "admin").await;
    assert_eq!(admin.get(place).await.status, 403);
}
