//! Mails that came back (RFC 3464): noted at the very mail that our signature names, and at no other.

use super::replies::{REQUESTER, opened, to};
use super::room::{Raw, became, from};
use crate::mail::post::{Got, Post, accounts};
use crate::support::TestApp;
use crate::support::browser::Browser;
use crate::support::desk::Cast;
use actix_web::http::Method;
use chrono::Duration;
use serde_json::{Value, json};

/// A report as Postfix writes it.
fn report(about: &str, recipient: &str, action: &str, status: &str, said: &str) -> Raw {
    let body = format!(
        "--r\r\nContent-Type: text/plain\r\n\r\nSurel tidak sampai.\r\n\
         --r\r\nContent-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mail.lebakkab.go.id\r\nArrival-Date: Mon, 2 Mar 2026 08:00:00 +0700\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; {said}\r\n\r\n\
         --r\r\nContent-Type: text/rfc822-headers\r\n\r\n\
         From: servicedesk@lebakkab.go.id\r\nMessage-ID: {about}\r\nSubject: x\r\n\r\n--r--\r\n"
    );
    from("MAILER-DAEMON@mail.lebakkab.go.id")
        .with("Return-Path", "<>")
        .with("Auto-Submitted", "auto-replied")
        .about("Undelivered Mail Returned to Sender")
        .holds("multipart/report; report-type=delivery-status; boundary=r", body)
}

fn hard(mail: &Got) -> Raw {
    report(&mail.header("message-id").unwrap(), &mail.to, "failed", "5.1.1", "550 5.1.1 User unknown")
}

async fn outbox(cast: &Cast, account: &str) -> Value {
    let rows = cast.admin.items("/mails").await;
    rows.into_iter().find(|row| row["recipient"].as_str().unwrap().starts_with(account)).unwrap()
}

#[actix_web::test]
async fn a_mail_that_came_back_for_good_has_failed_and_says_why() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (ticket, mails) = opened(&cast, &post).await;
    let row = cast.app.deliver(&hard(to(&mails, "pegawai.dinkes"))).await;
    assert_eq!((became(&row), row.ticket_number.as_deref()), ("done bounce".into(), ticket["number"].as_str()));
    let mine = outbox(&cast, "pegawai.dinkes").await;
    assert_eq!((&mine["state"], &mine["last_error"]), (&json!("failed"), &json!("5.1.1 550 5.1.1 User unknown")));
    assert_eq!(outbox(&cast, "teknisi.dinkes").await["state"], "sent", "no other mail");
    cast.admin.post(&format!("/mails/{}/retry", mine["id"].as_str().unwrap()), json!({})).await.refused(409);
    let page = Browser::lebak(&cast.app, "admin").await.get("/admin/mails?state=failed").await;
    assert!(page.all("tbody tr").len() == 1 && !page.forms().iter().any(|form| form.ends_with("/retry")));
    assert_eq!(cast.requester.see(&ticket).await.ok(), ticket);
    assert!(post.later(&cast.app).await.is_empty());
}

// An alarm that never ends is heard by nobody; the list still shows it.
#[actix_web::test]
async fn a_mail_that_failed_is_told_of_for_a_week_after_its_last_try_and_no_longer() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (_, mails) = opened(&cast, &post).await;
    cast.app.deliver(&hard(to(&mails, "pegawai.dinkes"))).await;
    let told = async || {
        let page = Browser::lebak(&cast.app, "admin").await.get("/admin/health").await;
        page.all("tbody tr").into_iter().find(|row| row.starts_with("Surel keluar")).unwrap()
    };
    assert!(told().await.contains("1 gagal"), "{}", told().await);
    cast.app.step(Duration::days(7));
    assert!(told().await.contains("1 gagal"), "{}", told().await);
    cast.app.step(Duration::days(7));
    assert!(told().await.contains("0 gagal"), "{}", told().await);
    let page = Browser::lebak(&cast.app, "admin").await.get("/admin/mails?state=failed").await;
    assert_eq!(page.all("tbody tr").len(), 1);
}

#[actix_web::test]
async fn what_is_only_late_or_arrived_somewhere_else_is_noted_and_has_not_failed() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (_, mails) = opened(&cast, &post).await;
    let mail = to(&mails, "pegawai.dinkes");
    let id = mail.header("message-id").unwrap();
    for (action, status, recipient, outcome) in [
        ("delayed", "4.4.1", REQUESTER, "done bounce"),
        ("failed", "4.4.7", REQUESTER, "done bounce"),
        ("failed", "5.2.2", REQUESTER, "done bounce"),
        ("failed", "5.1.1", "siti.pribadi@example.com", "done bounce"),
        ("delivered", "2.0.0", REQUESTER, "done report"),
        ("relayed", "2.0.0", REQUESTER, "done report"),
    ] {
        let row = cast.app.deliver(&report(&id, recipient, action, status, "451 later")).await;
        assert_eq!(became(&row), outcome, "{action} {status}");
        assert_eq!(outbox(&cast, "pegawai.dinkes").await["state"], "sent", "{action} {status}");
    }
    assert_eq!(outbox(&cast, "pegawai.dinkes").await["last_error"], "5.1.1 451 later");
}

#[actix_web::test]
async fn a_forged_report_changes_nothing() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (_, mails) = opened(&cast, &post).await;
    let id = to(&mails, "pegawai.dinkes").header("message-id").unwrap();
    let root = to(&mails, "pegawai.dinkes").header("references").unwrap();
    let before = cast.admin.get("/mails").await.text;
    let altered = id.replace(&id[40..44], "0000");
    for about in ["<x@lebakkab.go.id>", "", &altered, &root, "<m0000@lebakkab.go.id>"] {
        let raw = report(about, REQUESTER, "failed", "5.1.1", "550");
        assert_eq!(became(&cast.app.deliver(&raw).await), "refused foreign_report", "{about}");
    }
    // The id in the text, or in the report's own head, is not the returned mail's.
    let raw = report("<x@y>", REQUESTER, "failed", "5.1.1", &id).with("In-Reply-To", &id).with("References", &id);
    assert_eq!(became(&cast.app.deliver(&raw).await), "refused foreign_report");
    assert_eq!(cast.admin.get("/mails").await.text, before);
}

#[actix_web::test]
async fn an_address_that_fails_on_three_days_is_written_to_no_more_until_its_entry_is_edited() {
    let cast = Cast::on(TestApp::with(crate::support::time::PATIENT).await).await;
    let post = Post::of(&cast.app);
    let person = cast.requester.id().await;
    let entry =
        async || cast.admin.get(&format!("/people/{person}")).await.ok()["entry"]["mail_suspended_since"].clone();
    for day in 0..3 {
        assert_eq!(entry().await, Value::Null, "day {day}");
        let (_, mails) = opened(&cast, &post).await;
        let mail = to(&mails, "pegawai.dinkes");
        for _ in 0..2 {
            cast.app.deliver(&hard(mail).about(&format!("{day}"))).await;
        }
        if day < 2 {
            cast.app.step(Duration::days(1));
        }
    }
    assert!(entry().await.is_string());
    let (_, mails) = opened(&cast, &post).await;
    assert_eq!(accounts(&mails), ["teknisi.dinkes"]);
    let mine = outbox(&cast, "pegawai.dinkes").await;
    assert_eq!(mine["state"], "failed");
    assert!(mine["last_error"].as_str().unwrap().contains("berulang kali kembali"), "{mine}");
    // Another field leaves it so; the address, even the same, ends it.
    cast.admin.patch(&format!("/people/{person}"), json!({ "phone": "0252" })).await.ok();
    assert!(entry().await.is_string());
    // Nor does a list in which the address only says who is meant.
    let list = format!("name,email,phone\nSiti Aminah,{REQUESTER},0253\n");
    let csv = [("content-type", "text/csv")];
    let done = cast.admin.raw(Method::POST, "/people/import", &csv, list.into()).await.ok();
    assert_eq!((&done["changed"], entry().await.is_string()), (&json!(1), true), "{done}");
    cast.admin.patch(&format!("/people/{person}"), json!({ "email": REQUESTER })).await.ok();
    assert_eq!(entry().await, Value::Null);
    let (_, mails) = opened(&cast, &post).await;
    assert_eq!(accounts(&mails), ["pegawai.dinkes", "teknisi.dinkes"]);
}
