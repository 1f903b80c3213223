//! What somebody is written to about: his own choice, within what his region requires.

use super::post::{Post, owed};
use crate::support::browser::Browser;
use crate::support::desk::{Cast, texts};
use diesel::prelude::*;
use serde_json::{Value, json};
use sigap::db::schema::regions;
use sigap::on;
use sigap::org::region;

fn topics(choices: &[Value], field: &str) -> Vec<String> {
    let chosen: Vec<Value> = choices.iter().filter(|c| c[field] == true).cloned().collect();
    texts(&chosen, "topic")
}

#[actix_web::test]
async fn whoever_does_without_a_mail_gets_none_and_keeps_his_notice() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.requester.patch("/me/mails", json!({ "unwanted": ["resolved", "commented"] })).await.ok();
    cast.tier1.say(&ticket, "public", "Sedang diperiksa.").await.created();
    cast.tier1.resolve(&ticket).await.ok();
    let mine: Vec<_> = owed(&cast).await.into_iter().filter(|(to, _)| to == "pegawai.dinkes").collect();
    assert_eq!(mine, [("pegawai.dinkes".to_owned(), "opened".to_owned())]);
    let notices = texts(&cast.requester.items("/notices").await, "kind");
    assert!(notices.contains(&"resolved".to_owned()) && notices.contains(&"commented".to_owned()), "{notices:?}");
    // The choice is his alone, and he may take it back.
    cast.requester.patch("/me/mails", json!({ "unwanted": [] })).await.ok();
    cast.requester.reopen(&ticket).await.ok();
    cast.tier1.resolve(&ticket).await.ok();
    assert!(owed(&cast).await.contains(&("pegawai.dinkes".to_owned(), "resolved".to_owned())));
}

#[actix_web::test]
async fn what_the_region_requires_comes_whatever_anybody_wants() {
    let cast = Cast::new().await;
    let required = "escalated question warned breached";
    let choices = cast.tier2.items("/me/mails").await;
    assert_eq!(topics(&choices, "required").join(" "), required);
    assert_eq!(topics(&choices, "wanted").len(), choices.len());
    let refused = cast.tier2.patch("/me/mails", json!({ "unwanted": ["closed", "escalated"] })).await;
    assert_eq!(refused.refused(422)["errors"][0]["pointer"], "/unwanted/1");
    assert_eq!(cast.tier2.items("/me/mails").await, choices, "nothing was kept of it");
    cast.tier2.patch("/me/mails", json!({ "unwanted": ["semua"] })).await.refused(422);
    // A region that requires other mails says so in its settings; what was chosen before then waits.
    cast.tier2.patch("/me/mails", json!({ "unwanted": ["closed"] })).await.ok();
    require(&cast, json!(["closed"])).await;
    let choices = cast.tier2.items("/me/mails").await;
    assert_eq!(topics(&choices, "required"), ["closed"]);
    assert!(topics(&choices, "wanted").contains(&"closed".to_owned()));
    cast.tier2.patch("/me/mails", json!({ "unwanted": ["escalated"] })).await.ok();
    cast.handed_up().await;
    let owed = owed(&cast).await;
    let told: Vec<&str> = owed.iter().filter(|(_, kind)| kind == "escalated").map(|(to, _)| to.as_str()).collect();
    assert!(!told.contains(&"tier2.satu") && told.contains(&"tier2.dua"), "{told:?}");
}

async fn require(cast: &Cast, topics: Value) {
    let id = cast.app.region("lebak").await;
    cast.app
        .within(move |tx| {
            let mut region = region::by_id(tx, id)?;
            region.settings.0["required_mails"] = topics.clone();
            let settings = &region.settings;
            on!(tx.conn(), |c| diesel::update(regions::table.find(id)).set(regions::settings.eq(settings)).execute(c))?;
            Ok(())
        })
        .await;
}

#[actix_web::test]
async fn choices_are_ticked_on_a_page_without_any_script() {
    let cast = Cast::new().await;
    let boss = Browser::lebak(&cast.app, "koordinator").await;
    let page = boss.get("/me/mails").await;
    let boxes = page.attributes("input[type=checkbox]", "name");
    assert!(boxes.contains(&"digest".to_owned()) && boxes.contains(&"closed".to_owned()), "{boxes:?}");
    assert_eq!(page.all("input[disabled]").len(), 4, "what the region requires can't be unticked");
    // Boxes that are not ticked are not sent.
    let form = page.attributes("form[action='/me/mails'] input[name=form]", "value")[0].clone();
    let page = boss.post("/me/mails", &[], format!("form={form}&opened=1&commented=1")).await;
    assert!(page.first("[role=status]").contains("tersimpan"), "{}", page.html);
    let choices = cast.coordinator.items("/me/mails").await;
    assert_eq!(topics(&choices, "wanted").join(" "), "opened commented escalated question warned breached");
    let clerk = Browser::lebak(&cast.app, "pegawai.dinkes").await;
    assert!(!clerk.get("/me/mails").await.html.contains("Ringkasan"), "a summary is for coordinators");
}

#[actix_web::test]
async fn the_operator_to_whom_nobody_writes_has_nothing_to_choose() {
    let cast = Cast::new().await;
    cast.operator.get("/me/mails").await.refused(404);
    cast.operator.patch("/me/mails", json!({ "unwanted": [] })).await.refused(404);
}

#[actix_web::test]
async fn each_mail_but_one_with_a_link_says_where_its_reader_chooses() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    cast.requester.open("SIMPEG mati").await;
    for mail in post.now(&cast.app).await {
        let told = "/me/mails";
        assert!(mail.text.contains(told) && mail.html.contains(told), "{}", mail.text);
    }
    let forgot = json!({ "login": "pegawai.dinkes@lebakkab.go.id" });
    cast.app.anonymous().post("/auth/forgot", forgot).await;
    let mails = post.now(&cast.app).await;
    assert!(mails.len() == 1 && !mails[0].text.contains("/me/mails"));
}
