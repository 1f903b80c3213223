//! How a mail is addressed, and how the mails of a ticket hang together.

use super::post::{Got, Post};
use crate::support::TestApp;
use crate::support::desk::Cast;
use sigap::db::Id;
use sigap::mail::thread::Named;

fn of<'a>(mails: &'a [Got], account: &str) -> Vec<&'a Got> {
    mails.iter().filter(|m| m.account() == account).collect()
}

#[actix_web::test]
async fn every_mail_says_that_a_program_wrote_it_for_whom_and_from_which_desk() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    cast.requester.open("Kabel — “putus”").await;
    let mails = post.now(&cast.app).await;
    let mail = of(&mails, "pegawai.dinkes")[0];
    assert_eq!(mail.from, "servicedesk@lebakkab.go.id");
    let header = |name: &str| mail.header(name).unwrap();
    assert_eq!(header("from"), "\"Service Desk Kabupaten Lebak\" <servicedesk@lebakkab.go.id>");
    assert_eq!(header("reply-to"), header("from"));
    assert_eq!(header("to"), "\"Siti Aminah\" <pegawai.dinkes@lebakkab.go.id>");
    assert_eq!(header("auto-submitted"), "auto-generated");
    assert_eq!(header("x-auto-response-suppress"), "All");
    assert_eq!(header("list-id"), "<servicedesk.lebakkab.go.id>");
    assert_eq!(header("date"), "Mon, 02 Mar 2026 01:00:00 +0000");
    assert_eq!(header("mime-version"), "1.0");
    assert!(header("content-type").starts_with("multipart/alternative"));
    assert!(header("subject").is_ascii() && mail.subject == "[LBK-2026-000001] Tiket diterima: Kabel — “putus”");
    assert!(mail.raw.is_ascii(), "no 8-bit byte needs a server that takes them");
}

#[actix_web::test]
async fn blora_writes_from_its_mail_domain() {
    let app = TestApp::new().await;
    let post = Post::of(&app);
    app.sign_in("pegawai.dinkes@blorakab.go.id").await.open("Mati").await;
    for mail in post.now(&app).await {
        assert_eq!(mail.from, "servicedesk@mail.blorakab.go.id");
        assert!(mail.header("message-id").unwrap().ends_with("@mail.blorakab.go.id>"));
        assert!(mail.subject.starts_with("[BLA-2026-000001] "));
    }
}

#[actix_web::test]
async fn the_mails_of_a_ticket_are_one_thread_for_each_recipient() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let ticket = cast.requester.open("SIMPEG mati").await;
    let mut mails = post.later(&cast.app).await;
    for word in ["Satu.", "Dua."] {
        cast.tier1.say(&ticket, "public", word).await.created();
        mails.extend(post.later(&cast.app).await);
    }
    let mine = of(&mails, "pegawai.dinkes");
    let header = |n: usize, name: &str| mine[n].header(name).unwrap();
    let id: Id = ticket["id"].as_str().unwrap().parse().unwrap();
    let signer = &cast.app.app.mailer.signer;
    let root = signer.message_id(Named::Ticket(id), "lebakkab.go.id");
    let ids: Vec<String> = (0..3).map(|n| header(n, "message-id")).collect();
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    assert_eq!((header(0, "in-reply-to"), header(0, "references")), (root.clone(), root.clone()));
    assert_eq!((header(1, "in-reply-to"), header(1, "references")), (ids[0].clone(), format!("{root} {}", ids[0])));
    assert_eq!(
        (header(2, "in-reply-to"), header(2, "references")),
        (ids[1].clone(), format!("{root} {} {}", ids[0], ids[1]))
    );
    // Another recipient's thread has the same root and no id of this one's mails.
    let other = of(&mails, "teknisi.dinkes")[0];
    assert_eq!(other.header("references").unwrap(), root);
    // A reply is known by any of them.
    assert_eq!(signer.read(&root), Some(Named::Ticket(id)));
    assert!(ids.iter().all(|id| matches!(signer.read(id), Some(Named::Mail(_)))));
}

#[actix_web::test]
async fn replies_go_to_an_address_with_a_token_where_the_server_knows_such() {
    let app = TestApp::with("[mail]\nplus_address = true\n").await;
    let post = Post::of(&app);
    app.lebak("pegawai.dinkes").await.open("Mati").await;
    for mail in post.now(&app).await {
        let reply_to = mail.header("reply-to").unwrap();
        let address = reply_to.split('<').nth(1).unwrap().trim_end_matches('>').to_owned();
        assert!(address.starts_with("servicedesk+m") && address.ends_with("@lebakkab.go.id"), "{address}");
        assert!(address.split('@').next().unwrap().len() <= 64);
        assert!(matches!(app.app.mailer.signer.read(&address), Some(Named::Mail(_))));
        assert_eq!(mail.from, "servicedesk@lebakkab.go.id");
    }
}

#[actix_web::test]
async fn a_domain_with_a_key_signs_its_mails_and_a_key_that_others_may_read_stops_the_start() {
    use std::os::unix::fs::PermissionsExt;
    let app = TestApp::new().await;
    let folder = app.database.folder.path().join("keys").join("dkim");
    std::fs::create_dir_all(&folder).unwrap();
    let key = folder.join("sigap.lebakkab.go.id.ed25519");
    // The seed of RFC 8463, appendix A.2.
    std::fs::write(&key, "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=\n").unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let signing = app.again("").await;
    let post = Post::of(&signing);
    signing.lebak("pegawai.dinkes").await.open("Mati").await;
    signing.temanggung("pegawai.dinkes").await.open("Mati").await;
    for mail in post.now(&signing).await {
        let signature = mail.header("dkim-signature");
        assert_eq!(signature.is_some(), mail.to.ends_with("@lebakkab.go.id"));
        if let Some(signature) = signature {
            assert!(signature.contains("a=ed25519-sha256; d=lebakkab.go.id; s=sigap;"), "{signature}");
        }
    }
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = stopped(&app);
    assert!(refused.contains("chmod 600") && !refused.contains("nWGx"), "{refused}");
}

/// Why the program does not start.
fn stopped(app: &TestApp) -> String {
    let config = crate::support::app::settings(&app.database.url, app.database.folder.path(), "");
    sigap::app::App::open(config, app.clock.clone(), None).err().unwrap().to_string()
}

// ASVS 11.6.1; RFC 8301, 3.2
#[actix_web::test]
async fn an_rsa_key_of_2048_bits_signs_and_a_shorter_one_stops_the_start() {
    use std::os::unix::fs::PermissionsExt;
    let app = TestApp::new().await;
    let folder = app.database.folder.path().join("keys").join("dkim");
    std::fs::create_dir_all(&folder).unwrap();
    let key = folder.join("sigap.lebakkab.go.id.pem");
    let put = |pem: &str| {
        std::fs::write(&key, pem).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    put(include_str!("../../data/dkim-2048.pem"));
    let signing = app.again("").await;
    let post = Post::of(&signing);
    signing.lebak("pegawai.dinkes").await.open("Mati").await;
    let mails = post.now(&signing).await;
    assert!(mails.iter().all(|mail| mail.header("dkim-signature").unwrap().contains("a=rsa-sha256;")), "{mails:?}");
    put(include_str!("../../data/dkim-1024.pem"));
    let refused = stopped(&app);
    assert!(refused.contains("1024 bits") && refused.contains("2048"), "{refused}");
    // Which of two signs would be left to the order of a folder.
    put(include_str!("../../data/dkim-2048.pem"));
    let second = folder.join("sigap.lebakkab.go.id.ed25519");
    std::fs::write(&second, "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").unwrap();
    std::fs::set_permissions(&second, std::fs::Permissions::from_mode(0o600)).unwrap();
    let refused = stopped(&app);
    assert!(refused.contains("a second key of its domain"), "{refused}");
}
