//! Acts of weight have their place before they are answered; what leaves the machine is signed.

use super::{head, look};
use crate::support::log::Paper;
use crate::support::{Cast, TestApp};
use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;
use sigap::app::ledger;
use sigap::audit::checkpoint::Note;
use sigap::audit::sequence::PLATFORM;
use sigap::audit::{store, tree};
use sigap::config::LogFormat;
use sigap::db::Id;
use sigap::db::schema::audit_entries as entries;
use sigap::{backup, on};

/// Places of the newest entry of an act; none if it waits for one.
async fn place(app: &TestApp, action: &'static str) -> Option<i64> {
    app.within(move |tx| {
        let place: Option<Option<i64>> = on!(tx.conn(), |c| entries::table
            .filter(entries::action.eq(action))
            .order(entries::id.desc())
            .select(entries::leaf_index)
            .first(c)
            .optional())?;
        Ok(place.unwrap_or_else(|| panic!("no {action}")))
    })
    .await
}

/// Does an act of weight, anew for each number, until it was answered in time; `true` if its entry has its place then. On a
/// machine that stands still for seconds an act is answered all the same, and the log tells so.
async fn has_its_place(app: &TestApp, action: &'static str, act: impl AsyncFn(usize)) -> bool {
    for n in 0..10 {
        let paper = Paper::default();
        let guard = tracing::dispatcher::set_default(&paper.log(LogFormat::Json));
        act(n).await;
        drop(guard);
        if place(app, action).await.is_some() {
            return true;
        }
        if !paper.text().contains("answered before its audit entry had a place: it took too long") {
            return false;
        }
        app.step(Duration::seconds(1));
    }
    false
}

// L13
#[actix_web::test]
async fn a_role_that_changes_hands_has_its_place_in_the_tree_before_the_answer_and_other_acts_do_not_wait() {
    let cast = Cast::new().await;
    cast.requester.open("Printer macet").await;
    assert_eq!(place(&cast.app, "ticket.opened").await, None);
    let give = async |n| {
        let email = format!("sari{n}@lebakkab.go.id");
        let somebody = json!({ "name": "Sari", "email": email, "nip": crate::support::build::nip() });
        let person = cast.admin.post("/people", somebody).await.created();
        let grants = format!("/people/{}/roles", person["id"].as_str().unwrap());
        cast.admin.post(&grants, json!({ "role": "tier2" })).await.created();
    };
    assert!(has_its_place(&cast.app, "grant.give", give).await);
    // And with it everything that was committed before.
    assert!(place(&cast.app, "ticket.opened").await.is_some());
}

// L13: every change has an entry.
#[actix_web::test]
async fn a_new_key_of_sessions_has_its_place_in_the_tree_of_the_platform() {
    let app = TestApp::new().await;
    let rotate = async |_| sigap::cli::user::rotate_keys(app.app.clone()).await.unwrap();
    assert!(has_its_place(&app, "keys.rotate", rotate).await);
}

// P8
#[actix_web::test]
async fn a_report_that_is_taken_away_has_its_place_in_the_tree_before_it_leaves() {
    let cast = Cast::new().await;
    let report = "/reports/sla?from=2026-03-01&to=2026-03-31&by=opd&format=csv";
    let take = async |_| assert_eq!(cast.coordinator.get(report).await.status, 200);
    assert!(has_its_place(&cast.app, "report.export", take).await);
}

async fn newest(app: &TestApp, log: Id) -> i64 {
    app.within(move |tx| Ok(store::newest(tx, log)?.map_or(0, |signed| signed.size))).await
}

#[actix_web::test]
async fn what_has_happened_is_signed_when_the_program_ends_and_before_and_after_a_backup() {
    let cast = Cast::new().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    cast.requester.open("Printer macet").await;
    ledger::close(&app.app).await.unwrap();
    let size = head(app, lebak).await.size;
    assert!(size > 0 && newest(app, lebak).await == size);
    app.step(Duration::seconds(1));
    cast.requester.open("Layar gelap").await;
    let made = backup::make(&app.app, &app.database.folder.path().join("satu.sigap")).await.unwrap();
    let inside = made.checkpoints.iter().map(|note| Note::parse(note).unwrap().checkpoint);
    let inside = inside.into_iter().find(|c| c.log.ends_with("/lebak")).unwrap();
    assert!(i64::try_from(inside.size).unwrap() > size, "the backup holds a checkpoint of all that it holds");
    // That it was made is an entry of its own, and signed.
    assert_eq!(place(app, "backup.make").await, Some(head(app, PLATFORM).await.size - 1));
    assert_eq!(newest(app, PLATFORM).await, head(app, PLATFORM).await.size);
    assert_eq!((look(app, PLATFORM).await.code(), look(app, PLATFORM).await.unsigned), (0, 0));
}

fn hash(text: &serde_json::Value) -> tree::Hash {
    let bytes: Vec<u8> = text
        .as_str()
        .unwrap()
        .as_bytes()
        .chunks(2)
        .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
        .collect();
    bytes.try_into().unwrap()
}

// P8
#[actix_web::test]
async fn whoever_kept_a_checkpoint_is_shown_that_the_log_has_only_grown() {
    let cast = super::lived().await;
    let lebak = cast.app.region("lebak").await;
    let kept = cast.app.within(move |tx| store::checkpoints(tx, lebak)).await;
    let roots: Vec<_> = kept.iter().map(|signed| Note::parse(&signed.note).unwrap().checkpoint).collect();
    let (first, last) = (&roots[0], roots.last().unwrap());
    let shown = cast.auditor.get(&format!("/audit/consistency?from={}", first.size)).await.ok();
    assert_eq!((shown["from"].as_u64(), shown["to"].as_u64()), (Some(first.size), Some(last.size)));
    assert_eq!(shown["checkpoint"].as_str().unwrap(), kept.last().unwrap().note);
    let proof: Vec<_> = shown["path"].as_array().unwrap().iter().map(hash).collect();
    assert!(tree::is_consistent(first.size, last.size, &first.root, &last.root, &proof));
    assert!(!tree::is_consistent(first.size, last.size, &last.root, &last.root, &proof));
    let beyond = last.size + 1;
    cast.auditor.get(&format!("/audit/consistency?from=0&to={beyond}")).await.names("/to");
    cast.auditor.get(&format!("/audit/consistency?from={beyond}")).await.names("/from");
    cast.auditor.get("/audit/consistency?from=-1").await.refused(422);
    cast.tier2.get("/audit/consistency?from=0").await.refused(404);
}

// P8: "the audit log answers an auditor's questions without access to the rest"
#[actix_web::test]
async fn the_auditor_takes_the_log_with_him_whole_or_from_where_he_left_off() {
    let cast = super::lived().await;
    let lebak = cast.app.region("lebak").await;
    let kept = cast.app.within(move |tx| store::checkpoints(tx, lebak)).await;
    let keys = super::keys(&cast.app, lebak);
    let notes = |n: usize| vec![Note::parse(&kept[n].note).unwrap()];
    let whole = cast.auditor.get("/audit/bundle").await;
    let name = format!("attachment; filename=\"audit-lebak-0-{}.jsonl\"", kept.last().unwrap().size);
    assert_eq!(whole.header("content-disposition"), Some(name.as_str()));
    let (log, found) = sigap::audit::verify::bundle(whole.text.as_bytes(), &keys, &notes(0)).unwrap();
    assert_eq!((found.code(), found.unsigned), (0, 0), "{log}: {found:?}");
    let rest = cast.auditor.get(&format!("/audit/bundle?from={}", kept[0].size)).await;
    let (_, found) = sigap::audit::verify::bundle(rest.text.as_bytes(), &keys, &notes(0)).unwrap();
    assert_eq!(found.code(), 0, "{found:?}");
    assert!(rest.text.len() < whole.text.len());
    // A beginning that is not what stands before is found.
    let line = rest.text.lines().find(|line| line.starts_with("{\"from\"")).unwrap();
    let at = line.rfind('"').unwrap() - 1;
    let other = if line.as_bytes()[at] == b'0' { "1" } else { "0" };
    let forged = rest.text.replace(line, &format!("{}{other}{}", &line[..at], &line[at + 1..]));
    let (_, found) = sigap::audit::verify::bundle(forged.as_bytes(), &keys, &notes(0)).unwrap();
    assert_eq!(found.code(), 1, "{found:?}");
    cast.auditor.get(&format!("/audit/bundle?from={}", kept.last().unwrap().size)).await.names("/from");
    cast.admin.get("/audit/bundle").await.refused(404);
    let taken = cast.auditor.items("/audit/entries?action=audit.export").await;
    assert_eq!(taken.len(), 2, "{taken:?}");
}

#[actix_web::test]
async fn entries_are_found_by_the_day_of_the_region() {
    let cast = super::lived().await;
    // Monday, 08.00 in Jakarta: in UTC the day began an hour before.
    let today = cast.auditor.items("/audit/entries?day=2026-03-02&action=ticket.opened").await;
    assert_eq!(today.len(), 1);
    assert!(cast.auditor.items("/audit/entries?day=2026-03-01").await.is_empty());
    cast.auditor.get("/audit/entries?day=kemarin").await.refused(422);
}
