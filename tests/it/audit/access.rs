//! Who reads of the log what, and what of reading stands in it.

use super::{keys, lived, settle};
use crate::support::browser::Browser;
use crate::support::desk::{text, texts};
use crate::support::{Cast, Client, Device};
use serde_json::{Value, json};
use sigap::audit::checkpoint::{Note, parse_public};
use sigap::audit::sequence::PLATFORM;
use sigap::audit::verify;

/// Every entry that somebody reads, newest first.
async fn all(client: &Client) -> Vec<Value> {
    client.walked("/audit/entries", 200).await
}

async fn acts(client: &Client) -> Vec<String> {
    texts(&all(client).await, "action")
}

// P8
#[actix_web::test]
async fn the_auditor_reads_all_of_his_region_and_each_other_his_own_part() {
    let cast = lived().await;
    let auditor = acts(&cast.auditor).await;
    for act in ["ticket.escalated", "session.begin", "opd.create", "person.create"] {
        assert!(auditor.iter().any(|a| a == act), "{act}: {auditor:?}");
    }
    let admin = acts(&cast.admin).await;
    assert!(admin.iter().any(|a| a == "opd.create"));
    assert!(!admin.iter().any(|a| a.starts_with("ticket.") || a.starts_with("session.")), "{admin:?}");
    let own = all(&cast.requester).await;
    let me = cast.requester.get("/me").await.ok()["id"].clone();
    assert!(!own.is_empty() && own.iter().all(|entry| entry["actor"] == me), "{own:?}");
    assert!(texts(&own, "action").contains(&"ticket.opened".to_owned()));
    // Places in the tree would tell how much others do.
    assert!(own.iter().all(|entry| entry["index"].is_null() && entry["leaf"].is_null()));
    cast.requester.get("/audit/checkpoint").await.refused(404);
    let platform = all(&cast.operator).await;
    assert!(!platform.is_empty() && platform.iter().all(|entry| text(&entry["object_type"]) != "ticket"));
    for client in [&cast.tier2, &cast.coordinator] {
        client.get("/audit/entries").await.refused(404);
        client.get("/audit/checkpoint").await.refused(404);
    }
}

// ASVS 16.3.1
#[actix_web::test]
async fn each_sign_in_is_noted_with_its_factors_and_so_are_a_wrong_password_a_wrong_code_and_the_end() {
    let cast = Cast::new().await;
    let who = "koordinator@lebakkab.go.id";
    let anonymous = cast.app.anonymous();
    let sign_in = |password: &str, code: Option<String>| {
        anonymous.post("/auth/login", json!({ "login": who, "password": password, "code": code }))
    };
    let device = Device::of(&cast.app, &cast.coordinator).await;
    cast.app.step(chrono::Duration::minutes(5));
    sign_in("salah-sekali-2026", None).await.refused(401);
    cast.later();
    sign_in("sigap-demo-2026", Some("000000".to_owned())).await.refused(401);
    cast.later();
    let tokens = sign_in("sigap-demo-2026", Some(device.code(&cast.app))).await.ok();
    cast.later();
    cast.app.with_token(&text(&tokens["access_token"])).post("/auth/logout", json!({})).await.done();
    let me = cast.coordinator.get("/me").await.ok()["id"].clone();
    settle(&cast.app).await;
    let mut mine = all(&cast.auditor).await;
    mine.retain(|entry| entry["object"] == me && text(&entry["action"]).starts_with("session."));
    mine.reverse();
    assert_eq!(
        texts(&mine, "action"),
        ["session.begin", "session.refused", "session.refused", "session.begin", "session.end"]
    );
    let factors = |entry: &Value| entry["detail"]["factors"].clone();
    assert_eq!((factors(&mine[0]), factors(&mine[3])), (json!(["password"]), json!(["password", "code"])));
    assert_eq!(mine[4]["detail"]["reason"], "logout");
}

#[actix_web::test]
async fn an_entry_of_another_region_and_one_outside_ones_part_are_not_there() {
    let cast = lived().await;
    let someone = text(&cast.requester.get("/me").await.ok()["id"]);
    cast.admin.post(&format!("/people/{someone}/password-link"), json!({})).await.created();
    let entries = all(&cast.auditor).await;
    let of = |action: &str| {
        let entry = entries.iter().find(|e| e["action"] == action).unwrap();
        format!("/audit/entries/{}", text(&entry["id"]))
    };
    let (ticket, opd) = (of("ticket.escalated"), of("opd.create"));
    cast.admin.get(&opd).await.ok();
    let absent = cast.admin.get("/audit/entries/01890000-0000-7000-8000-000000000000").await;
    let foreign = cast.admin.get(&ticket).await;
    foreign.refused(404);
    assert_eq!(foreign.text, absent.text);
    cast.requester.get(&ticket).await.refused(404);
    cast.app.temanggung("auditor").await.get(&ticket).await.refused(404);
    cast.operator.get(&ticket).await.refused(404);
    cast.auditor.get("/audit/entries/apa-saja").await.refused(404);
    // Nor does whoever keeps people read when they sign in, and who was sent a link.
    for private in [of("session.begin"), of("link.issue")] {
        cast.auditor.get(&private).await.ok();
        cast.admin.get(&private).await.refused(404);
    }
}

#[actix_web::test]
async fn the_checkpoint_is_signed_by_the_key_that_is_told_with_it() {
    let cast = lived().await;
    let seen = cast.auditor.get("/audit/checkpoint").await.ok();
    let note = Note::parse(seen["note"].as_str().unwrap()).unwrap();
    let keys: Vec<_> =
        seen["keys"].as_array().unwrap().iter().map(|k| parse_public(k.as_str().unwrap()).unwrap()).collect();
    assert!(note.is_signed_by(&keys));
    assert_eq!(seen["size"].as_u64().unwrap(), note.checkpoint.size);
    assert!(text(&seen["origin"]).starts_with("sigap/") && text(&seen["origin"]).ends_with("/lebak/1"));
    // That of the platform is another.
    let other = cast.operator.get("/audit/checkpoint").await.ok();
    assert!(text(&other["origin"]).ends_with("/platform/1"));
}

// P8
#[actix_web::test]
async fn the_operator_takes_the_log_of_the_platform_with_him_and_nothing_of_the_regions() {
    let cast = lived().await;
    let bundle = cast.operator.get("/audit/bundle").await;
    assert_eq!(bundle.status, 200);
    let (log, found) = verify::bundle(bundle.text.as_bytes(), &keys(&cast.app, PLATFORM), &[]).unwrap();
    assert_eq!(found.code(), 0, "{log}: {found:?}");
    assert!(!bundle.text.contains("ticket.escalated") && !bundle.text.contains("opd.create"), "{}", bundle.text);
}

async fn told(cast: &Cast, action: &str) -> Vec<Value> {
    cast.auditor.items(&format!("/audit/entries?action={action}")).await
}

// L13
#[actix_web::test]
async fn whoever_reads_a_secret_ticket_is_noted_and_the_auditor_learns_no_more_of_it() {
    let cast = Cast::new().await;
    let secret = cast.requester.open_with(json!({ "classification": "secret" })).await.created();
    let open = cast.requester.open("Layar gelap").await;
    cast.tier1.see(&open).await.ok();
    assert_eq!(told(&cast, "ticket.read_secret").await, Vec::<Value>::new());
    cast.tier1.see(&secret).await.ok();
    let read = told(&cast, "ticket.read_secret").await;
    assert_eq!(read.len(), 1);
    let me = cast.tier1.get("/me").await.ok()["id"].clone();
    assert_eq!((&read[0]["actor"], &read[0]["object"]), (&me, &secret["id"]));
    let opened = told(&cast, "ticket.opened").await;
    let of_secret = opened.iter().find(|e| e["object"] == secret["id"]).unwrap();
    assert_eq!(of_secret["detail"], json!({ "version": 1 }));
    // Who is refused has read nothing.
    cast.auditor.see(&secret).await.refused(404);
    assert_eq!(told(&cast, "ticket.read_secret").await.len(), 1);
}

// L13
#[actix_web::test]
async fn whoever_is_shown_secret_tickets_of_others_in_a_list_is_noted_once_a_list_and_by_no_number() {
    let cast = Cast::new().await;
    let secret = cast.requester.open_with(json!({ "classification": "secret" })).await.created();
    let open = cast.requester.open("Layar gelap").await;
    let shown = async || told(&cast, "ticket.list_secret").await;
    // His own he knows; who sees none is shown none.
    cast.requester.get("/tickets").await.ok();
    cast.tier2.get("/tickets").await.ok();
    cast.auditor.get("/tickets").await.ok();
    cast.coordinator.get(&format!("/tickets?q={}", text(&open["number"]))).await.ok();
    assert_eq!(shown().await, Vec::<Value>::new());
    cast.coordinator.get("/tickets").await.ok();
    let me = cast.coordinator.get("/me").await.ok()["id"].clone();
    let listed = shown().await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!((&listed[0]["actor"], &listed[0]["detail"]), (&me, &json!({ "tickets": [secret["id"]] })));
    // A search, the other end of a tie, a page.
    cast.coordinator.get(&format!("/tickets?q={}", text(&secret["number"]))).await.ok();
    assert_eq!(shown().await.len(), 2);
    let tie = json!({ "kind": "related", "ticket": secret["number"] });
    cast.tier1.act(&open, "links", tie).await.created();
    let before = shown().await.len();
    cast.tier1.get(&format!("/tickets/{}/links", text(&open["id"]))).await.ok();
    assert_eq!(shown().await.len(), before + 1);
    let before = shown().await.len();
    let pages = Browser::lebak(&cast.app, "koordinator").await;
    assert!(pages.get("/tickets").await.html.contains(&text(&secret["number"])));
    assert!(shown().await.len() > before);
    let before = shown().await.len();
    let pages = Browser::lebak(&cast.app, "teknisi.dinkes").await;
    assert!(pages.get("/notices").await.html.contains(&text(&secret["number"])));
    assert!(shown().await.len() > before);
}

// L13: every change has an entry.
#[actix_web::test]
async fn what_a_person_s_entry_became_stands_in_the_log_and_his_address_before_and_after() {
    let cast = Cast::new().await;
    let somebody = json!({ "name": "Sari", "email": "sari@lebakkab.go.id", "nip": crate::support::build::nip() });
    let sari = cast.admin.post("/people", somebody).await.created();
    let place = format!("/people/{}", text(&sari["id"]));
    let change = json!({ "email": "Ratih@lebakkab.go.id", "phone": "0252" });
    cast.admin.patch(&place, change).await.ok();
    cast.later();
    cast.admin.patch(&place, json!({ "active": false })).await.ok();
    let told = told(&cast, "person.change").await;
    let detail: Vec<&Value> = told.iter().filter(|e| e["object"] == sari["id"]).map(|e| &e["detail"]).collect();
    let moved = json!({ "old": "sari@lebakkab.go.id", "new": "ratih@lebakkab.go.id" });
    assert_eq!(detail[0], &json!({ "version": 3, "active": false, "changed": ["active"] }));
    assert_eq!(detail[1], &json!({ "version": 2, "active": true, "changed": ["email", "phone"], "email": moved }));
}

// L13: every change has an entry.
#[actix_web::test]
async fn what_a_desk_shares_is_noted_and_what_one_keeps_for_himself_is_not() {
    let cast = Cast::new().await;
    let acts = async || {
        let mut all = Vec::new();
        for act in ["answer.create", "answer.change", "answer.remove", "view.create", "view.remove"] {
            all.extend(told(&cast, act).await.iter().map(|e| format!("{act} {}", e["detail"])));
        }
        all
    };
    let answer = |desk: &str| json!({ "name": "Diterima", "body": "Kami terima.", "desk": desk });
    let view = |desk: &str| json!({ "name": "Baru", "filter": "status=new", "desk": desk });
    let own = cast.tier2.post("/answers", answer("own")).await.created();
    cast.tier2.delete(&format!("/answers/{}", text(&own["id"]))).await.done();
    let own = cast.tier2.post("/views", view("own")).await.created();
    cast.tier2.delete(&format!("/views/{}", text(&own["id"]))).await.done();
    assert_eq!(acts().await, Vec::<String>::new());
    let shared = cast.tier2.post("/answers", answer("tier2")).await.created();
    let place = format!("/answers/{}", text(&shared["id"]));
    cast.second.patch(&place, json!({ "body": "Kami terima kini." })).await.ok();
    cast.second.delete(&place).await.done();
    let shared = cast.tier2.post("/views", view("tier2")).await.created();
    cast.tier2.delete(&format!("/views/{}", text(&shared["id"]))).await.done();
    let of = |act: &str| format!("{act} {}", json!({ "desk": ["tier2"] }));
    let all = ["answer.create", "answer.change", "answer.remove", "view.create", "view.remove"];
    assert_eq!(acts().await, all.map(of));
}

// P8
#[actix_web::test]
async fn what_an_auditor_looks_for_and_what_anybody_takes_away_is_noted() {
    let cast = Cast::new().await;
    cast.auditor.get("/tickets?q=gaji").await.ok();
    cast.coordinator.get("/tickets?q=gaji").await.ok();
    let number = text(&cast.requester.open("Gaji salah").await["number"]);
    for account in ["auditor", "koordinator"] {
        let page = Browser::lebak(&cast.app, account).await.get(&format!("/tickets?q={number}")).await;
        assert_eq!(page.place, format!("/tickets/{number}"));
    }
    cast.later();
    let report = "/reports/sla?from=2026-03-01&to=2026-03-31&by=opd";
    cast.coordinator.get(report).await.ok();
    assert_eq!(cast.coordinator.get(&format!("{report}&opd=dinkes&format=csv")).await.status, 200);
    cast.later();
    assert_eq!(cast.coordinator.get(&format!("{report}&format=xlsx")).await.status, 200);
    cast.auditor.get(&format!("/audit/entries?action={}", "x".repeat(61))).await.names("/action");
    cast.auditor.get("/people?q=Siti").await.ok();
    cast.auditor.get("/people?role=tier1").await.ok();
    cast.coordinator.get("/people?q=Siti").await.ok();
    let searched = told(&cast, "person.search").await;
    assert_eq!(searched.len(), 1);
    assert_eq!(searched[0]["detail"], json!({ "q": "Siti" }));
    let searched = told(&cast, "ticket.search").await;
    let mut searched: Vec<String> = searched.iter().map(|entry| text(&entry["detail"]["q"])).collect();
    searched.sort();
    assert_eq!(searched, [number, "gaji".to_owned()], "each once, also where it leads to the ticket at once");
    let taken = told(&cast, "report.export").await;
    assert_eq!(taken.len(), 2, "as CSV and as a workbook");
    let detail = |opd: Value, format: &str| json!({ "from": "2026-03-01", "to": "2026-03-31", "by": "opd", "opd": opd, "format": format });
    assert_eq!(taken[0]["detail"], detail(Value::Null, "xlsx"));
    assert_eq!(taken[1]["detail"], detail(json!("dinkes"), "csv"));
    assert_eq!(taken[0]["roles"], "coordinator");
    // Looking into the log is itself looked into.
    assert!(!told(&cast, "audit.search").await.is_empty());
    settle(&cast.app).await;
}

// L13: every change has an entry.
#[actix_web::test]
async fn what_was_changed_in_the_settings_of_a_region_stands_in_the_log_by_the_names_of_its_fields() {
    let cast = Cast::new().await;
    let service = json!({ "provider": "dinkominfo", "name": "Kepegawaian" });
    cast.admin.patch("/services/simpeg", service).await.ok();
    let opd = json!({ "mailbox": "dinkes.baru@lebakkab.go.id", "mandiri_tik": true, "short_name": "DINKES" });
    cast.admin.patch("/opds/dinkes", opd).await.ok();
    let changed = |entry: &Value| (entry["detail"]["code"].clone(), entry["detail"]["changed"].clone());
    let service = told(&cast, "service.change").await;
    assert_eq!(changed(&service[0]), (json!("simpeg"), json!(["name", "provider"])));
    let opd = told(&cast, "opd.change").await;
    let dinkes = opd.iter().find(|entry| entry["detail"]["code"] == "dinkes").unwrap();
    let mut fields: Vec<Value> = dinkes["detail"]["changed"].as_array().unwrap().clone();
    fields.retain(|name| name != "short_name");
    assert_eq!(fields, [json!("mailbox"), json!("mandiri_tik")]);
}

// L13: what leaves the service has an entry.
#[actix_web::test]
async fn whoever_tries_the_mail_of_a_region_is_noted_once_at_either_door() {
    let cast = Cast::new().await;
    let key = [("idempotency-key", "coba")];
    for _ in 0..2 {
        let body = json!({ "to": "admin@lebakkab.go.id" });
        cast.admin.send(actix_web::http::Method::POST, "/mail/check", &key, Some(body)).await.ok();
    }
    let noted = told(&cast, "mail.check").await;
    assert_eq!(noted.len(), 1);
    let me = cast.admin.get("/me").await.ok()["id"].clone();
    let tried = json!({ "to": "admin@lebakkab.go.id", "is_well": true });
    assert_eq!((&noted[0]["actor"], &noted[0]["detail"]), (&me, &tried));
    let refused = [("idempotency-key", "bukan-dinas")];
    for to in ["orang@gmail.com", "admin@lebakkab.go.id"] {
        let body = Some(json!({ "to": to }));
        let reply = cast.admin.send(actix_web::http::Method::POST, "/mail/check", &refused, body).await;
        reply.names(if to == "orang@gmail.com" { "/to" } else { "/Idempotency-Key" });
    }
    cast.app.step(chrono::Duration::seconds(31));
    let pages = Browser::lebak(&cast.app, "admin").await;
    let page = pages.get("/admin/health").await;
    assert_eq!(pages.fill(&page, "/admin/health", &[]).await.status, 200);
    let noted = told(&cast, "mail.check").await;
    assert_eq!(noted.len(), 2);
    assert_eq!(noted[0]["detail"], json!({ "to": null, "is_well": true }));
}
