//! What waits for somebody's row, for his files' turn, or for him: it holds up nobody else.

use crate::inbox::room::{became, from};
use crate::support::TestApp;
use crate::support::browser::Browser;
use crate::support::db::postgres;
use crate::support::desk::{Cast, text};
use crate::support::meet::{stranger, waiting};
use diesel::connection::SimpleConnection;
use futures_util::future::{LocalBoxFuture, join};
use serde_json::json;
use sigap::mail::inbound::Inbound;
use std::pin::pin;

/// `true` where one writer takes whole transactions, so that nobody waits beside another.
fn has_one_writer() -> bool {
    let one = postgres().is_none();
    if one {
        println!("skipped: PostgreSQL only, SQLite has one writer");
    }
    one
}

/// Mails a report with a file.
async fn mail(app: &TestApp) -> Inbound {
    let raw = from("pegawai.dinkes@lebakkab.go.id").holds(
        "multipart/mixed; boundary=b",
        "--b\r\nContent-Type: text/plain\r\n\r\nPrinter di loket macet.\r\n\
         --b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=macet.txt\r\n\r\nisi\r\n--b--\r\n",
    );
    app.deliver(&raw).await
}

/// Reports with a file by page; the address of the page after it.
async fn report(browser: &Browser) -> String {
    let page = browser.get("/report?service=simpeg").await;
    let fields = [("subject", "SIMPEG mati"), ("description", "Sejak pagi.")];
    let page = browser.fill_with_file(&page, "/report", &fields, ("layar.txt", "isi")).await;
    assert_eq!(page.status, 200, "{}", page.words());
    page.ticket().to_owned()
}

#[actix_web::test]
async fn whose_entry_an_import_holds_sends_files_by_every_door_and_is_waited_for() {
    if has_one_writer() {
        return;
    }
    let cast = Cast::new().await;
    let browser = Browser::lebak(&cast.app, "pegawai.dinkes").await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let mut import = stranger(&cast.app, "UPDATE people SET version = version + 1");
    cast.requester.send_file(&ticket, "layar.txt", b"isi", None).await.created();
    cast.tier1.send_file(&ticket, "catatan.txt", b"isi", Some("internal")).await.created();
    report(&browser).await;
    let place = format!("/tickets/{}", text(&ticket["number"]));
    let page = browser.get(&place).await;
    let page = browser.fill_with_file(&page, &format!("{place}/comment"), &[], ("lagi.txt", "isi")).await;
    assert_eq!((page.status, page.all(".files a").len()), (200, 2), "{}", page.words());
    assert_eq!(became(&mail(&cast.app).await), "done ticket");
    cast.tier1.pend(&ticket).await.ok();
    import.batch_execute("ROLLBACK").unwrap();
}

// Else the ticket would be held for as long, and with it whoever works on it.
#[actix_web::test]
async fn whose_entry_an_import_holds_is_given_tickets_begins_them_and_has_them_again() {
    if has_one_writer() {
        return;
    }
    let cast = Cast::new().await;
    let (given, begun) = (cast.requester.open("SIMPEG mati").await, cast.requester.open("Printer macet").await);
    let (back, solved) = (cast.handed_up().await, cast.requester.open("Jaringan putus").await);
    cast.tier1.start(&solved).await.ok();
    cast.tier1.resolve(&solved).await.ok();
    let person = cast.tier1.id().await;
    let mut import = stranger(&cast.app, "UPDATE people SET version = version + 1");
    for his in [
        cast.coordinator.assign(&given, &person).await,
        cast.tier1.start(&begun).await,
        cast.tier2.give_back(&back).await,
        cast.requester.reopen(&solved).await,
    ] {
        assert_eq!(his.ok()["assignee"]["id"], person);
    }
    import.batch_execute("ROLLBACK").unwrap();
}

// Whoever waits for an entry keeps nobody from a ticket, however long he has to wait.
#[actix_web::test]
async fn whoever_is_to_leave_a_desk_once_an_import_is_through_with_his_entry_is_given_tickets_until_then() {
    if has_one_writer() {
        return;
    }
    let cast = Cast::new().await;
    let (ticket, person) = (cast.requester.open("SIMPEG mati").await, cast.tier1.id().await);
    let mut import = stranger(&cast.app, "UPDATE people SET version = version + 1");
    let given = async {
        waiting(&cast.app.database.url, 1).await;
        let given = cast.coordinator.assign(&ticket, &person).await.ok();
        import.batch_execute("ROLLBACK").unwrap();
        given["assignee"]["id"].clone()
    };
    let ((), given) = join(cast.take(&person, "tier1", "dinkes"), given).await;
    assert_eq!(given, person);
    assert_eq!(cast.coordinator.see(&ticket).await.ok()["assignee"], serde_json::Value::Null);
}

// L4: the later of the two sees the earlier.
#[actix_web::test]
async fn whoever_is_put_out_while_he_is_given_a_ticket_leaves_it_to_the_desk() {
    if has_one_writer() {
        return;
    }
    let cast = Cast::new().await;
    let (ticket, person) = (cast.requester.open("SIMPEG mati").await, cast.tier1.id().await);
    let url = &cast.app.database.url;
    let mut slow = stranger(&cast.app, "LOCK TABLE events IN SHARE MODE");
    let leaves = async {
        waiting(url, 1).await;
        let release = async {
            waiting(url, 2).await;
            slow.batch_execute("COMMIT").unwrap();
        };
        join(cast.take(&person, "tier1", "dinkes"), release).await;
    };
    let (given, ()) = join(cast.coordinator.assign(&ticket, &person), leaves).await;
    assert_eq!(given.ok()["assignee"]["id"], person);
    assert_eq!(cast.coordinator.see(&ticket).await.ok()["assignee"], serde_json::Value::Null);
}

/// By one of the doors, somebody's second transaction with a file waits for his first one; what others do meanwhile is done
/// before either ends.
async fn waits_alone(cast: &Cast, second: LocalBoxFuture<'_, ()>, others: impl Future<Output = ()>) {
    let url = &cast.app.database.url;
    let elsewhere = cast.requester.open("Dengan berkas").await;
    let mut disk = stranger(&cast.app, "LOCK TABLE attachments IN SHARE MODE");
    let first = cast.requester.send_file(&elsewhere, "besar.txt", b"isi", None);
    let rest = async {
        waiting(url, 1).await;
        let meanwhile = async {
            waiting(url, 2).await;
            others.await;
            disk.batch_execute("COMMIT").unwrap();
        };
        join(second, meanwhile).await;
    };
    join(first, pin!(rest)).await.0.created();
}

// The turn comes before the ticket and before the counter of numbers: else all who open in this region, and all who work on
// this ticket, would wait for the files of one person.
#[actix_web::test]
async fn whoever_waits_for_his_own_files_holds_up_nobody_by_any_door() {
    if has_one_writer() {
        return;
    }
    let cast = Cast::new().await;
    let browser = Browser::lebak(&cast.app, "pegawai.dinkes").await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let place = format!("/tickets/{}", text(&ticket["number"]));
    let page = browser.get(&place).await;
    let others = async || {
        cast.outsider.open("Sementara itu").await;
        cast.tier1.say(&ticket, "public", "Kami periksa.").await.created();
    };
    let by_rest = async {
        cast.requester.send_file(&ticket, "layar.txt", b"isi", None).await.created();
    };
    waits_alone(&cast, Box::pin(by_rest), others()).await;
    let by_answer = async {
        let words = [("body", "Masih mati.")];
        let page = browser.fill_with_file(&page, &format!("{place}/comment"), &words, ("lagi.txt", "isi")).await;
        assert_eq!((page.status, page.all(".files a").len()), (200, 2), "{}", page.words());
    };
    waits_alone(&cast, Box::pin(by_answer), others()).await;
    let by_report = async { drop(report(&browser).await) };
    waits_alone(&cast, Box::pin(by_report), others()).await;
    let by_mail = async { assert_eq!(became(&mail(&cast.app).await), "done ticket") };
    waits_alone(&cast, Box::pin(by_mail), others()).await;
}

// Neither sees the other, and neither waits for him.
#[actix_web::test]
async fn what_is_put_to_wait_for_somebody_at_the_moment_in_which_he_leaves_goes_on_at_the_next_upkeep() {
    if has_one_writer() {
        return;
    }
    let cast = Cast::new().await;
    let (ticket, person) = (cast.requester.open("SIMPEG mati").await, cast.requester.id().await);
    let mut slow = stranger(&cast.app, "LOCK TABLE events IN SHARE MODE");
    let leaves = async {
        waiting(&cast.app.database.url, 1).await;
        cast.deactivate(&person).await;
        slow.batch_execute("COMMIT").unwrap();
    };
    let (pended, ()) = join(cast.tier1.pend(&ticket), leaves).await;
    assert_eq!(pended.ok()["status"], "pending");
    sigap::worker::upkeep::run(&cast.app.app).await.unwrap();
    assert_eq!(cast.tier1.see(&ticket).await.ok()["status"], "in_progress");
    assert!(cast.tier1.told(&ticket).await.contains(&"requester_left".to_owned()));
}

// What somebody else holds is left for the next upkeep, and holds up no other.
#[actix_web::test]
async fn an_upkeep_passes_over_a_ticket_that_somebody_holds() {
    if has_one_writer() {
        return;
    }
    let cast = Cast::new().await;
    let (held, free) = (cast.requester.open("Dipegang").await, cast.requester.open("Bebas").await);
    for ticket in [&held, &free] {
        cast.tier1.pend(ticket).await.ok();
    }
    stranger(&cast.app, "UPDATE people SET active = false WHERE email = 'pegawai.dinkes@lebakkab.go.id'")
        .batch_execute("COMMIT")
        .unwrap();
    let row = format!("SELECT 1 FROM tickets WHERE number = '{}' FOR UPDATE", text(&held["number"]));
    let mut holds = stranger(&cast.app, &row);
    let status = async |ticket| cast.tier1.see(ticket).await.ok()["status"].clone();
    for (ended, found) in
        [(false, [json!("pending"), json!("in_progress")]), (true, [json!("in_progress"), json!("in_progress")])]
    {
        if ended {
            holds.batch_execute("ROLLBACK").unwrap();
        }
        sigap::worker::upkeep::run(&cast.app.app).await.unwrap();
        assert_eq!([status(&held).await, status(&free).await], found);
    }
}
