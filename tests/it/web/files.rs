//! Files on a ticket's page: for whom they are, and what becomes of those that are not taken.

use super::Desk;

#[actix_web::test]
async fn a_technician_says_who_sees_a_file_as_he_does_of_an_answer() {
    let desk = Desk::new().await;
    let place = format!("{}/files", desk.place);
    let page = desk.tier1.get(&desk.place).await;
    let radios = format!("form[action='{place}'] input[name=visibility]");
    assert_eq!(page.attributes(&radios, "value"), ["public", "internal"]);
    assert_eq!(page.attributes(&format!("{radios}[checked]"), "value"), ["public"], "as ever, unless he says otherwise");
    desk.tier1.fill_with_file(&page, &place, &[], ("panduan.txt", "untuk pelapor")).await;
    let page = desk.tier1.fill_with_file(&page, &place, &[("visibility", "internal"), ("once", "")], ("log.txt", "sandi")).await;
    let files = page.all(".files li");
    let is_internal = |name: &str| files.iter().find(|file| file.contains(name)).unwrap().contains("Internal");
    assert!(is_internal("log.txt") && !is_internal("panduan.txt"), "{files:?}");
    let seen = desk.clerk.get(&desk.place).await;
    assert_eq!(seen.all(".files a"), ["panduan.txt"]);
    assert!(!seen.html.contains("log.txt"), "not in the history either");
    assert!(seen.elements(&radios).is_empty(), "a requester has nothing to choose");
}
