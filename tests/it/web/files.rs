//! Files on a ticket's page: for whom they are, and what becomes of those that are not taken.

use super::Desk;

#[actix_web::test]
async fn a_technician_says_who_sees_a_file_as_he_does_of_an_answer() {
    let desk = Desk::new().await;
    let place = format!("{}/comment", desk.place);
    let page = desk.tier1.get(&desk.place).await;
    let radios = format!("form[action='{place}'] input[name=visibility]");
    assert_eq!(page.attributes(&radios, "value"), ["public", "internal"]);
    assert_eq!(
        page.attributes(&format!("{radios}[checked]"), "value"),
        ["public"],
        "as ever, unless he says otherwise"
    );
    desk.tier1.fill_with_file(&page, &place, &[], ("panduan.txt", "untuk pelapor")).await;
    let page = desk
        .tier1
        .fill_with_file(&page, &place, &[("visibility", "internal"), ("once", "")], ("log.txt", "sandi"))
        .await;
    let files = page.all(".files li");
    let is_internal = |name: &str| files.iter().find(|file| file.contains(name)).unwrap().contains("Internal");
    assert!(is_internal("log.txt") && !is_internal("panduan.txt"), "{files:?}");
    let seen = desk.clerk.get(&desk.place).await;
    assert_eq!(seen.all(".files a"), ["panduan.txt"]);
    assert!(!seen.html.contains("log.txt"), "not in the history either");
    assert!(seen.elements(&radios).is_empty(), "a requester has nothing to choose");
}

#[actix_web::test]
async fn a_refused_file_is_named_and_all_are_to_be_chosen_again() {
    let desk = Desk::new().await;
    let again = "Pilih lagi semua berkasnya; peramban tidak menyimpan pilihan Anda.";
    let part = |name: &str| {
        format!("isi\r\n--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\nisi")
    };
    let place = format!("{}/comment", desk.place);
    let page = desk.tier1.get(&desk.place).await;
    assert!(!page.words().contains(again));
    let two = part("jalankan.bat");
    let page = desk.tier1.fill_with_file(&page, &place, &[("visibility", "internal")], ("layar.txt", &two)).await;
    assert_eq!(page.status, 422);
    let fault = page.first("#comment-file-fault");
    assert!(fault.starts_with("jalankan.bat: Windows akan menjalankan"), "{fault}");
    assert!(page.words().contains(again) && page.all(".files li").is_empty(), "none of them is kept");
    assert_eq!(page.attributes("[autofocus]", "id"), ["file"]);
    let radio = format!("form[action='{place}'] input[name=visibility][checked]");
    assert_eq!(page.attributes(&radio, "value"), ["internal"], "what was chosen beside them stays");
    // Of a report too, whether the file or a word is at fault.
    let form = desk.clerk.get("/report?service=simpeg").await;
    let fields = [("subject", "SIMPEG mati"), ("description", "Sejak pagi.")];
    let page = desk.clerk.fill_with_file(&form, "/report", &fields, ("kosong.txt", "")).await;
    assert_eq!(
        (page.status, page.first("#file-fault")),
        (422, "kosong.txt: Berkas ini kosong. Pilih berkas lain.".into())
    );
    assert_eq!(page.first("#file-lost"), again);
    let page = desk.clerk.fill_with_file(&form, "/report", &[("subject", " "), fields[1]], ("layar.txt", "isi")).await;
    assert_eq!((page.status, page.all("#file-fault").len(), page.first("#file-lost")), (422, 0, again.into()));
    let page = desk.clerk.fill_with_file(&form, "/report", &[("subject", " "), fields[1]], ("", "")).await;
    assert!(page.all("#file-lost").is_empty(), "no file was chosen");
}
