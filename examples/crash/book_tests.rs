//! What is remembered of acknowledged changes.

use super::*;

fn answer(body: Value) -> Answer {
    Answer { status: 200, etag: None, retry_after: None, body }
}

fn opened() -> Book {
    let mut book = Book::default();
    let change = Change::Open { marker: "k c00 n000001".to_owned(), description: "d".to_owned() };
    book.enter(&change, &answer(json!({ "id": "i", "number": "LBK-2026-000001", "version": 1 }))).unwrap();
    book
}

#[test]
fn the_first_wish_is_a_ticket_and_texts_are_never_used_twice() {
    let mut rng = Rng::new(1, 1);
    assert!(matches!(Book::default().wish(&mut rng, "k"), Change::Open { .. }));
    let mut book = opened();
    let wishes: Vec<String> = (0..500).map(|_| format!("{:?}", book.wish(&mut rng, "k"))).collect();
    for kind in ["Open", "Comment", "File", "Rename", "Start"] {
        assert!(wishes.iter().any(|wish| wish.starts_with(kind)), "no {kind}");
    }
    let texts: std::collections::BTreeSet<_> = wishes.iter().filter(|wish| !wish.starts_with("Start")).collect();
    assert_eq!(texts.len(), wishes.iter().filter(|wish| !wish.starts_with("Start")).count());
}

#[test]
fn acknowledged_changes_are_remembered() {
    let mut book = opened();
    let subject = "k c00 n000001; judul 2.".to_owned();
    book.enter(
        &Change::Rename(0, subject.clone()),
        &answer(json!({ "status": "new", "subject": subject, "version": 2 })),
    )
    .unwrap();
    book.enter(&Change::Start(0), &answer(json!({ "status": "in_progress", "subject": subject, "version": 3 })))
        .unwrap();
    let ticket = &book.tickets[0];
    assert_eq!((ticket.phase, ticket.version, ticket.exact), (Phase::InProgress, 3, true));
    assert_eq!(ticket.renames, [subject]);
    book.enter(&Change::Comment(0, "c".to_owned()), &answer(json!({ "body": "c" }))).unwrap();
    assert!(!book.tickets[0].exact, "a comment's answer shows no version");
}

#[test]
fn an_answer_that_is_not_the_change_is_a_fault() {
    let mut book = opened();
    let stays = answer(json!({ "status": "new", "subject": "k c00 n000001; judul pertama.", "version": 2 }));
    assert!(book.enter(&Change::Start(0), &stays).is_err());
    let falls = answer(json!({ "status": "in_progress", "subject": "k c00 n000001; judul pertama.", "version": 0 }));
    assert!(book.enter(&Change::Start(0), &falls).unwrap_err().contains("version 0 after 2"));
    assert!(book.enter(&Change::Comment(0, "c".to_owned()), &answer(json!({ "body": "d" }))).is_err());
}

#[test]
fn only_posts_carry_their_key() {
    let book = opened();
    let desk = Desk::of(5);
    assert_eq!(desk.technician, "teknisi.disdik@temanggungkab.go.id");
    let start = book.intent(Change::Start(0), &desk, None).unwrap();
    assert_eq!((start.call.key.as_ref(), start.call.path.as_str()), (Some(&start.key), "/tickets/i/start"));
    let rename = book.intent(Change::Rename(0, "s".to_owned()), &desk, Some("\"1\"".to_owned())).unwrap();
    assert_eq!((rename.call.key, rename.call.if_match.as_deref()), (None, Some("\"1\"")));
    assert!(book.intent(Change::Start(7), &desk, None).is_none());
}
