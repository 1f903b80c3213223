//! Watchers, ties between tickets, and who is told of what.

use crate::mail::post::{Post, accounts};
use crate::support::Client;
use crate::support::desk::{Cast, text, texts};
use crate::support::meet::in_order;
use serde_json::{Value, json};

#[actix_web::test]
async fn whoever_follows_is_told_and_whoever_stops_is_not() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let list = cast.coordinator.act(&ticket, "watchers", json!({})).await.ok();
    assert_eq!(texts(list["items"].as_array().unwrap(), "email"), ["koordinator@lebakkab.go.id"]);
    cast.coordinator.act(&ticket, "watchers", json!({})).await.ok();
    cast.later();
    cast.tier1.start(&ticket).await.ok();
    assert_eq!(cast.coordinator.told(&ticket).await, ["started"]);
    let path = format!("/tickets/{}/watchers/me", text(&ticket["id"]));
    cast.coordinator.delete(&path).await.done();
    cast.coordinator.delete(&path).await.done();
    cast.tier1.resolve(&ticket).await.ok();
    assert_eq!(cast.coordinator.told(&ticket).await, ["started"]);
    assert_eq!(cast.tier1.of(&ticket, "watchers").await, Vec::<Value>::new());
    // Following is no change of the ticket.
    assert_eq!(cast.requester.see(&ticket).await.ok()["version"], 3);
}

#[actix_web::test]
async fn only_people_who_see_the_ticket_can_follow_it() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let nobody = json!({ "person": "01890000-0000-7000-8000-000000000000" });
    let absent = cast.tier1.act(&ticket, "watchers", nobody).await;
    absent.names("/person");
    for client in [&cast.outsider, &cast.neighbour, &cast.tier2, &cast.admin, &cast.stranger, &cast.operator] {
        let reply = cast.tier1.act(&ticket, "watchers", json!({ "person": client.id().await })).await;
        assert_eq!((reply.status, &reply.text), (422, &absent.text));
        client.act(&ticket, "watchers", json!({})).await.refused(404);
    }
    cast.tier1.act(&ticket, "watchers", json!({ "person": "saya" })).await.names("/person");
    cast.tier1.act(&ticket, "watchers", json!({ "person": cast.auditor.id().await })).await.ok();
    cast.auditor.act(&ticket, "watchers", json!({})).await.refused(403);
    cast.requester.act(&ticket, "watchers", json!({ "person": cast.tier1.id().await })).await.refused(403);
}

#[actix_web::test]
async fn the_requester_learns_of_no_watcher_but_himself() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.act(&ticket, "watchers", json!({})).await.ok();
    assert_eq!(cast.requester.of(&ticket, "watchers").await, Vec::<Value>::new());
    let own = cast.requester.act(&ticket, "watchers", json!({})).await.ok();
    assert_eq!(texts(own["items"].as_array().unwrap(), "email"), ["pegawai.dinkes@lebakkab.go.id"]);
    assert_eq!(cast.tier1.of(&ticket, "watchers").await.len(), 2);
    assert_eq!(cast.requester.story(&ticket).await, ["opened"]);
}

#[actix_web::test]
async fn a_tie_shows_at_both_ends_and_goes_with_its_end() {
    let cast = Cast::new().await;
    let (one, other) = (cast.requester.open("SIMPEG mati").await, cast.requester.open("Absensi mati").await);
    let body = json!({ "ticket": text(&other["number"]).to_lowercase(), "kind": "caused_by" });
    let reply = cast.tier1.act(&one, "links", body).await;
    let link = reply.created();
    assert_eq!(
        (&link["number"], &link["subject"], &link["outgoing"]),
        (&other["number"], &json!("Absensi mati"), &json!(true))
    );
    let back = cast.tier1.of(&other, "links").await.pop().unwrap();
    assert_eq!(
        (&back["number"], &back["kind"], &back["outgoing"]),
        (&one["number"], &json!("caused_by"), &json!(false))
    );
    assert_eq!((&one["version"], &cast.tier1.see(&one).await.ok()["version"]), (&json!(1), &json!(1)));
    // Not by way of a ticket that has no part in it.
    let third = cast.requester.open("Surel mati").await;
    cast.tier1.delete(&format!("/tickets/{}/links/{}", text(&third["id"]), text(&link["id"]))).await.refused(404);
    cast.tier1.delete(&format!("/tickets/{}/links/{}", text(&one["id"]), text(&link["id"]))).await.done();
    for ticket in [&one, &other] {
        assert_eq!(cast.tier1.of(ticket, "links").await, Vec::<Value>::new());
    }
    cast.tier1.delete(&format!("/tickets/{}/links/{}", text(&one["id"]), text(&link["id"]))).await.refused(404);
    cast.tier1.delete(&format!("/tickets/{}/links/x", text(&one["id"]))).await.refused(404);
}

#[actix_web::test]
async fn a_tie_needs_another_ticket_that_is_seen_and_is_made_once() {
    let cast = Cast::new().await;
    let (one, other) = (cast.requester.open("SIMPEG mati").await, cast.requester.open("Absensi mati").await);
    let foreign = cast.outsider.open("Di disdik").await;
    let tie = async |to: &str, kind: &str| cast.tier1.act(&one, "links", json!({ "ticket": to, "kind": kind })).await;
    let absent = tie("LBK-2026-999999", "related").await;
    absent.names("/ticket");
    for name in [text(&foreign["id"]), text(&foreign["number"]), "bukan nomor".into(), String::new()] {
        assert_eq!(tie(&name, "related").await.text, absent.text, "{name}");
    }
    tie(&text(&one["id"]), "related").await.names("/ticket");
    tie(&text(&one["number"]), "related").await.names("/ticket");
    tie(&text(&other["id"]), "sejenis").await.names("/kind");
    tie(&text(&other["id"]), "related").await.created();
    tie(&text(&other["number"]), "related").await.refused(409);
    tie(&text(&other["id"]), "duplicate_of").await.created();
    cast.requester.act(&one, "links", json!({ "ticket": text(&other["id"]), "kind": "related" })).await.refused(403);
    assert_eq!(cast.tier1.of(&one, "links").await.len(), 2);
}

#[actix_web::test]
async fn a_tie_to_what_one_does_not_see_is_not_listed() {
    let cast = Cast::new().await;
    let (ours, theirs) = (cast.requester.open("SIMPEG mati").await, cast.outsider.open("SIMPEG mati juga").await);
    cast.later();
    let body = json!({ "ticket": text(&theirs["id"]), "kind": "related" });
    let made = cast.coordinator.act(&ours, "links", body).await.created();
    for (client, ticket) in [(&cast.tier1, &ours), (&cast.requester, &ours), (&cast.neighbour, &theirs)] {
        assert_eq!(client.of(ticket, "links").await, Vec::<Value>::new());
    }
    for (client, ticket) in [(&cast.tier1, &ours), (&cast.neighbour, &theirs)] {
        client.delete(&format!("/tickets/{}/links/{}", text(&ticket["id"]), text(&made["id"]))).await.refused(404);
    }
    assert_eq!(cast.auditor.of(&theirs, "links").await.len(), 1);
    // Nor in the time line.
    let events = cast.tier1.get(&format!("/tickets/{}/events", text(&ours["id"]))).await;
    assert!(!events.text.contains(&text(&theirs["id"])), "{}", events.text);
    assert!(!events.text.contains("linked"));
    // Nor by where its pages begin and end.
    let first = cast.tier1.get(&format!("/tickets/{}/events?limit=1", text(&ours["id"]))).await.ok();
    assert_eq!((&first["items"][0]["kind"], &first["next_cursor"]), (&json!("opened"), &Value::Null));
    cast.tier1.say(&ours, "public", "Kami periksa.").await.created();
    let other = cast.outsider.open("Masih mati").await;
    cast.later();
    let tie = json!({ "ticket": text(&other["id"]), "kind": "related" });
    cast.coordinator.act(&ours, "links", tie).await.created();
    let pages = async |who: &Client| {
        let (mut kinds, mut next) = (Vec::new(), String::new());
        loop {
            let page = who.get(&format!("/tickets/{}/events?limit=1{next}", text(&ours["id"]))).await.ok();
            kinds.push(texts(page["items"].as_array().unwrap(), "kind").join(" "));
            let Some(cursor) = page["next_cursor"].as_str() else { return kinds };
            next = format!("&cursor={cursor}");
        }
    };
    assert_eq!(pages(&cast.tier1).await, ["opened", "commented"]);
    assert_eq!(pages(&cast.auditor).await, ["opened", "linked", "commented", "linked"]);
}

#[actix_web::test]
async fn nobody_is_told_of_his_own_act() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    for client in [&cast.requester, &cast.tier1, &cast.coordinator] {
        client.act(&ticket, "watchers", json!({})).await.ok();
    }
    cast.tier1.assign(&ticket, "me").await.ok();
    cast.tier1.start(&ticket).await.ok();
    cast.tier1.say(&ticket, "public", "Halo.").await.created();
    cast.tier1.pend(&ticket).await.ok();
    cast.requester.say(&ticket, "public", "Halo.").await.created();
    cast.tier1.resolve(&ticket).await.ok();
    cast.requester.reopen(&ticket).await.ok();
    cast.tier1.resolve(&ticket).await.ok();
    cast.requester.close(&ticket).await.ok();
    for client in [&cast.requester, &cast.tier1, &cast.coordinator] {
        let me = client.id().await;
        let lines = cast.coordinator.of(&ticket, "events").await;
        let by_others =
            |kind: &str| lines.iter().filter(|l| l["kind"] == kind && l["actor"]["id"] != json!(me)).count();
        let told = client.told(&ticket).await;
        for kind in ["opened", "started", "commented", "resolved", "reopened", "closed", "assigned", "resumed"] {
            let times = told.iter().filter(|k| *k == kind).count();
            assert!(times <= by_others(kind), "{me} was told {times} times of {kind}");
        }
    }
    assert_eq!(cast.requester.told(&ticket).await.iter().filter(|k| *k == "resolved").count(), 2);
}

#[actix_web::test]
async fn a_notice_names_what_happened_and_is_read_once_by_its_owner() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let notices = cast.tier1.items("/notices?unread=true").await;
    assert_eq!(notices.len(), 1);
    assert_eq!((&notices[0]["kind"], &notices[0]["number"]), (&json!("opened"), &ticket["number"]));
    let path = format!("/notices/{}/read", text(&notices[0]["id"]));
    cast.requester.post(&path, json!({})).await.refused(404);
    cast.later();
    assert_eq!(cast.tier1.post(&path, json!({})).await.ok()["read_at"], "2026-03-02T01:00:01Z");
    assert_eq!(cast.tier1.items("/notices?unread=true").await, Vec::<Value>::new());
    assert_eq!(cast.tier1.items("/notices").await.len(), 1);
}

#[actix_web::test]
async fn the_time_line_says_who_did_what_and_with_which_words() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.later();
    cast.coordinator.assign(&ticket, &cast.tier1.id().await).await.ok();
    cast.later();
    cast.tier1.edit(&ticket, json!({ "impact": "high", "subject": "SIMPEG mati total" })).await.ok();
    cast.later();
    cast.tier1.act(&ticket, "pend", json!({ "reason": "vendor" })).await.ok();
    cast.later();
    cast.tier1.cancel(&ticket).await.ok();
    let lines = cast.requester.of(&ticket, "events").await;
    assert_eq!(texts(&lines, "kind"), ["opened", "assigned", "edited", "pended", "cancelled"]);
    let who: Vec<String> = lines.iter().map(|l| text(&l["actor"]["name"])).collect();
    assert_eq!(who, ["Siti Aminah", "Bambang Wijaya", "Budi Santoso", "Budi Santoso", "Budi Santoso"]);
    let at = texts(&lines, "at");
    assert!(at.windows(2).all(|pair| pair[0] < pair[1]), "{at:?}");
    assert_eq!(lines[1]["data"]["assignee"], json!(cast.tier1.id().await));
    assert_eq!(lines[2]["data"]["impact"], json!({ "from": "medium", "to": "high" }));
    assert_eq!(lines[2]["data"]["priority"], json!({ "from": "p3", "to": "p2" }));
    assert_eq!(lines[2]["data"]["subject"], json!({ "from": "SIMPEG mati", "to": "SIMPEG mati total" }));
    assert_eq!((&lines[3]["data"]["reason"], &lines[4]["data"]["reason"]), (&json!("vendor"), &json!("Sudah normal.")));
    let versions: Vec<i64> = lines.iter().map(|l| l["version"].as_i64().unwrap()).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
}

// L6
#[actix_web::test]
async fn whoever_handed_a_ticket_up_keeps_hearing_of_it_while_it_is_there() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    cast.give(&cast.neighbour.id().await, "tier1", Some("dinkes")).await;
    let ticket = cast.handed_up().await;
    post.later(&cast.app).await;
    let mut heard = cast.tier1.told(&ticket).await;
    assert_eq!(heard, ["opened"]);
    cast.tier2.start(&ticket).await.ok();
    for (client, visibility) in [(&cast.tier2, "internal"), (&cast.tier2, "public"), (&cast.requester, "public")] {
        cast.later();
        client.say(&ticket, visibility, "Ada kabar.").await.created();
    }
    cast.later();
    cast.tier2.resolve(&ticket).await.ok();
    cast.later();
    cast.requester.close(&ticket).await.ok();
    heard.extend(["commented", "commented", "commented", "resolved", "closed"].map(str::to_owned));
    assert_eq!(cast.tier1.told(&ticket).await, heard);
    assert_eq!(cast.neighbour.told(&ticket).await, ["opened"], "his colleague did not hand it up");
    let mails = post.later(&cast.app).await;
    assert!(!mails.is_empty() && !accounts(&mails).contains(&"teknisi.dinkes"), "the contract lists the mails");
    // Whoever has left that desk hears no more.
    cast.later();
    cast.tier2.reopen(&ticket).await.ok();
    cast.give(&cast.tier1.id().await, "requester", Some("dinkes")).await;
    cast.take(&cast.tier1.id().await, "tier1", "dinkes").await;
    cast.tier2.say(&ticket, "public", "Ada lagi.").await.created();
    let back = cast.app.lebak("teknisi.dinkes").await;
    assert_eq!(back.items("/notices").await.iter().filter(|n| n["ticket"] == ticket["id"]).count(), heard.len());
}

#[actix_web::test]
async fn two_tickets_are_tied_in_one_way_once_and_untied_from_either_end() {
    let cast = Cast::new().await;
    for kind in ["related", "duplicate_of", "caused_by"] {
        let (one, other) = (cast.requester.open("SIMPEG mati").await, cast.requester.open("Absensi mati").await);
        cast.later();
        let tie = async |from: &Value, to: &Value| {
            cast.tier1.act(from, "links", json!({ "ticket": text(&to["id"]), "kind": kind })).await
        };
        let (first, second) = in_order(&cast.app, "tickets", tie(&one, &other), tie(&other, &one)).await;
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "{kind}: {}\n{}", first.text, second.text);
        for ticket in [&one, &other] {
            assert_eq!(cast.tier1.of(ticket, "links").await.len(), 1, "{kind}");
        }
        let link = text(&cast.tier1.of(&one, "links").await[0]["id"]);
        cast.later();
        cast.tier1.delete(&format!("/tickets/{}/links/{link}", text(&other["id"]))).await.done();
        for ticket in [&one, &other] {
            assert_eq!(cast.tier1.of(ticket, "links").await, Vec::<Value>::new());
        }
        // The time line that told of it tells of its end.
        let mut stories = [cast.tier1.story(&one).await, cast.tier1.story(&other).await];
        stories.sort();
        assert_eq!((stories[0].len(), stories[1].join(" ").as_str()), (1, "opened linked unlinked"));
        tie(&other, &one).await.created();
    }
}

#[actix_web::test]
async fn whoever_follows_hears_of_what_happens_where_nobody_else_is_told() {
    let cast = Cast::new().await;
    let (ended, asked) = (cast.requester.open("SIMPEG mati").await, cast.requester.open("Absensi mati").await);
    for ticket in [&ended, &asked] {
        cast.coordinator.act(ticket, "watchers", json!({})).await.ok();
    }
    // Nobody began, so nobody is its assignee.
    cast.tier1.resolve(&ended).await.ok();
    cast.later();
    cast.requester.close(&ended).await.ok();
    assert_eq!(cast.coordinator.told(&ended).await, ["resolved", "closed"]);
    // And nobody is left at the desk of the other.
    cast.take(&cast.tier1.id().await, "tier1", "dinkes").await;
    cast.later();
    cast.requester.upload(&asked, "layar.txt", "isi", "public").await.created();
    assert!(cast.coordinator.told(&asked).await.contains(&"attached".to_owned()));
    // What nobody is told of, he is not told of either.
    cast.coordinator.edit(&asked, json!({ "impact": "high" })).await.ok();
    assert!(!cast.coordinator.told(&asked).await.contains(&"edited".to_owned()));
}

#[actix_web::test]
async fn the_reports_of_one_disturbance_are_listed_for_whoever_sees_it() {
    let cast = Cast::new().await;
    let main = cast.requester.open("SIMPEG mati").await;
    let mut reports = Vec::new();
    for (subject, kind) in [("Galat 502", "caused_by"), ("SIMPEG mati lagi", "duplicate_of"), ("Surel mati", "related")]
    {
        cast.later();
        let report = cast.requester.open(subject).await;
        let tie = json!({ "ticket": text(&main["id"]), "kind": kind });
        cast.tier1.act(&report, "links", tie).await.created();
        reports.push(report);
    }
    let listed = async |who: &Client, name: &str| who.get(&format!("/tickets?sort=created_at&tied_to={name}")).await;
    for name in [text(&main["id"]), text(&main["number"]).to_lowercase()] {
        let found = listed(&cast.tier1, &name).await.ok();
        assert_eq!(texts(found["items"].as_array().unwrap(), "subject"), ["Galat 502", "SIMPEG mati lagi"], "{name}");
    }
    assert_eq!(listed(&cast.tier1, &text(&reports[0]["id"])).await.ok()["items"], json!([]), "from one end only");
    // Whoever sees the report and not what is behind it does not learn that they are tied.
    cast.coordinator
        .patch(&format!("/tickets/{}", text(&main["id"])), json!({ "classification": "secret" }))
        .await
        .ok();
    cast.coordinator.escalate(&reports[0]).await.ok();
    let absent = listed(&cast.tier2, "LBK-2026-999999").await;
    assert_eq!(absent.ok()["items"], json!([]));
    for name in [text(&main["id"]), text(&main["number"]), "bukan nomor".into()] {
        assert_eq!(listed(&cast.tier2, &name.replace(' ', "%20")).await.text, absent.text, "{name}");
    }
    listed(&cast.tier2, "%00").await.names("/tied_to");
}
