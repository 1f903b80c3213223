//! Files: taken by content, never by name, and never shown by a browser.

use crate::support::client::{MULTIPART, form_of};
use crate::support::desk::{Cast, text, texts};
use crate::support::{Client, Reply, TestApp};
use actix_web::http::Method;
use serde_json::{Value, json};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

async fn ticket(app: &TestApp) -> (Client, Client, Value) {
    let (requester, tier1) = (app.lebak("pegawai.dinkes").await, app.lebak("teknisi.dinkes").await);
    let ticket = requester.open("SIMPEG mati").await;
    (requester, tier1, ticket)
}

async fn download(client: &Client, file: &Value) -> Reply {
    client.get(&format!("/attachments/{}", text(&file["id"]))).await
}

#[actix_web::test]
async fn a_file_comes_back_as_it_went_and_only_as_a_download() {
    let app = TestApp::new().await;
    let (requester, tier1, ticket) = ticket(&app).await;
    let reply = requester.send_file(&ticket, "tangkapan.layar", PNG, None).await;
    let file = reply.created();
    assert_eq!((&file["media_type"], &file["name"]), (&json!("image/png"), &json!("tangkapan.layar")));
    assert_eq!((&file["size"], &file["visibility"]), (&json!(PNG.len()), &json!("public")));
    assert_eq!(reply.header("location"), Some(format!("/api/v1/attachments/{}", text(&file["id"])).as_str()));
    let got = download(&tier1, &file).await;
    assert_eq!((got.status, got.text.as_str()), (200, String::from_utf8_lossy(PNG).as_ref()));
    assert_eq!(got.header("content-type"), Some("image/png"));
    assert_eq!(got.header("content-disposition"), Some("attachment; filename*=UTF-8''tangkapan.layar"));
    assert_eq!(got.header("x-content-type-options"), Some("nosniff"));
    let policy = got.header("content-security-policy").unwrap();
    assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"), "{policy}");
    assert!(
        got.header("cache-control").unwrap().contains("no-store")
            || got.header("cache-control").unwrap().contains("private")
    );
    assert_eq!(requester.of(&ticket, "attachments").await, [file]);
    assert_eq!(tier1.see(&ticket).await.ok()["version"], 2);
}

#[actix_web::test]
async fn what_a_file_is_its_content_says_and_not_its_name() {
    let app = TestApp::new().await;
    let (requester, _, ticket) = ticket(&app).await;
    let files: [(&[u8], &str); 6] = [
        (b"Galat 502 \xe2\x80\x94 coba lagi", "text/plain"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image/jpeg"),
        (b"PK\x03\x04\x14\0\0\0\x08\0", "application/zip"),
        (b"\xfe\xed\x01\x02\x03\x04\x80\x81", "application/octet-stream"),
        (b"a\0b", "application/octet-stream"),
    ];
    for (bytes, media_type) in files {
        let file = requester.send_file(&ticket, "foto.png", bytes, None).await.created();
        assert_eq!(file["media_type"], media_type);
        // ASVS 4.1.1: text names its charset.
        let told = if media_type == "text/plain" { "text/plain; charset=utf-8" } else { media_type };
        assert_eq!(download(&requester, &file).await.header("content-type"), Some(told));
    }
}

#[actix_web::test]
async fn what_a_browser_or_a_shell_would_run_is_refused_whatever_it_is_called() {
    let app = TestApp::new().await;
    let (requester, tier1, ticket) = ticket(&app).await;
    let mut elf = b"\x7fELF\x02\x01\x01\0".to_vec();
    elf.resize(100, 0);
    let mut exe = b"MZ\x90\0".to_vec();
    exe.resize(100, 0);
    let files: [&[u8]; 13] = [
        b"<!DOCTYPE html><p>x",
        b"  \n<HTML><body onload=alert(1)>",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>",
        b"\n<svg onload=alert(1)>",
        b"<?xml version=\"1.0\"?><svg/>",
        b"\xef\xbb\xbf<html>",
        b"halo <script>alert(1)</script>",
        b"#!/bin/sh\nrm -rf /\n",
        b"#!/usr/bin/env python3\n",
        b"<?php system($_GET['c']);",
        &elf,
        &exe,
        b"<ScRiPt src=//x>",
    ];
    for bytes in files {
        for name in ["laporan.pdf", "foto.png"] {
            let reply = requester.send_file(&ticket, name, bytes, None).await;
            assert_eq!(reply.status, 422, "{:?} was taken: {}", String::from_utf8_lossy(bytes), reply.text);
            reply.names("/file");
        }
    }
    assert_eq!(tier1.of(&ticket, "attachments").await, Vec::<Value>::new());
    assert_eq!(tier1.story(&ticket).await, ["opened"]);
    let left = std::fs::read_dir(app.app.config.data_dir.join("attachments/incoming")).unwrap().count();
    assert_eq!(left, 0, "a refused file stays on the disk");
}

#[actix_web::test]
async fn certificates_and_requests_for_them_are_taken_and_a_private_key_is_refused_with_the_reason() {
    let app = TestApp::new().await;
    let (requester, _, ticket) = ticket(&app).await;
    let files: [(&str, &[u8], &str); 3] = [
        ("situs.csr", b"-----BEGIN CERTIFICATE REQUEST-----\nMIIC\n-----END CERTIFICATE REQUEST-----\n", "text/plain"),
        ("situs.crt", b"0\x82\x03\x0f0\x82\x01\xf7\xa0\x03", "application/octet-stream"),
        ("situs.asc", b"-----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----\n", "text/plain"),
    ];
    for (name, bytes, told) in files {
        let file = requester.send_file(&ticket, name, bytes, None).await.created();
        assert_eq!(file["media_type"], told, "{name}");
    }
    let pem = "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n";
    let reply = requester.send_file(&ticket, "situs.pem", pem.as_bytes(), None).await;
    assert_eq!(reply.status, 422);
    assert!(reply.text.contains("Kunci pribadi"), "{}", reply.text);
}

// ASVS 5.2.2
#[actix_web::test]
async fn what_windows_would_run_is_refused_by_its_name_or_by_its_content_and_leaves_nothing() {
    let app = TestApp::new().await;
    let (requester, tier1, ticket) = ticket(&app).await;
    for name in [
        "pasang.bat",
        "a.CMD",
        "x.ps1",
        "surat.pdf.vbs",
        "kode.js",
        "buka.hta",
        "pintas.lnk. .",
        "tampilan\u{202e}fdp.js",
        "a.js\u{200b}",
        "a.j\u{200d}s",
        "a.bat\u{a0}",
        "a.jse\u{202e}",
        "a.ps1.\u{3000}",
        "pasang.MSI",
        "a.ws",
        "a.com",
        "m.library-ms",
        "m.application",
        "cakram.iso",
    ] {
        let reply = requester.send_file(&ticket, name, b"@echo off", None).await;
        reply.names("/file");
        assert!(reply.text.contains("Windows"), "{name}: {}", reply.text);
    }
    // Opened from the disk, such a page is under none of our headers.
    for name in ["surat.html", "surat.HTM.", "arsip.mhtml", "logo.svg"] {
        let reply = requester.send_file(&ticket, name, b"Yth. petugas <img src=x onerror=alert(1)>", None).await;
        reply.names("/file");
        assert!(reply.text.contains("halaman web"), "{name}: {}", reply.text);
    }
    let shortcut = b"\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46";
    requester.send_file(&ticket, "surat.pdf", shortcut, None).await.names("/file");
    assert_eq!(tier1.of(&ticket, "attachments").await, Vec::<Value>::new());
    assert!(app.app.blobs.files().unwrap().is_empty(), "refused before anything was kept");
    // What only looks so is taken.
    for name in ["bat", "data.json", "jadwal.basis", "laporan.bat.txt"] {
        requester.send_file(&ticket, name, b"isi", None).await.created();
    }
}

// ASVS 5.2.2
#[actix_web::test]
async fn a_name_that_reads_as_another_is_refused_with_what_to_do() {
    let app = TestApp::new().await;
    let (requester, _, ticket) = ticket(&app).await;
    for name in
        ["tagihan\u{202e}fdp.docm", "surat\u{2066}.pdf", "su\u{200b}rat.pdf", "surat.pdf\u{feff}", "su\u{ad}rat.pdf"]
    {
        let reply = requester.send_file(&ticket, name, b"isi", None).await;
        reply.names("/file");
        assert!(reply.text.contains("Ganti nama berkas"), "{name:?}: {}", reply.text);
    }
    assert!(app.app.blobs.files().unwrap().is_empty());
    requester.send_file(&ticket, "می\u{200c}خواهم.pdf", b"isi", None).await.created();
}

// ASVS 5.2.4
#[actix_web::test]
async fn a_person_may_send_so_many_files_and_bytes_a_day_and_then_nothing_is_taken_in() {
    let app = TestApp::with("[limits]\nattachments_per_person_day = 3\nattachment_bytes_per_person_day = 1000").await;
    let (requester, tier1, ticket) = ticket(&app).await;
    requester.send_file(&ticket, "a.txt", &[b'a'; 600], None).await.created();
    requester.send_file(&ticket, "b.txt", &[b'b'; 401], None).await.refused(409);
    requester.send_file(&ticket, "c.txt", &[b'c'; 300], None).await.created();
    requester.send_file(&ticket, "d.txt", b"d", None).await.created();
    let kept = app.app.blobs.files().unwrap().len();
    requester.send_file(&ticket, "e.txt", b"e", None).await.refused(409);
    assert_eq!(app.app.blobs.files().unwrap().len(), kept, "not even for a day");
    tier1.send_file(&ticket, "f.txt", &[b'f'; 900], None).await.created();
    app.step(chrono::Duration::days(1));
    let requester = app.lebak("pegawai.dinkes").await;
    requester.send_file(&ticket, "g.txt", &[b'g'; 900], None).await.created();
}

#[actix_web::test]
async fn who_may_see_a_file_counts_wherever_it_stands_in_the_form() {
    let app = TestApp::new().await;
    let (requester, tier1, ticket) = ticket(&app).await;
    let path = format!("/tickets/{}/attachments", text(&ticket["id"]));
    let parts = [("visibility", "internal"), ("file/catatan.txt", "isi")];
    for order in [[0, 1], [1, 0]] {
        let body = form_of(&order.map(|n| parts[n]));
        let file = tier1.raw(Method::POST, &path, &[("content-type", MULTIPART)], body).await.created();
        assert_eq!(file["visibility"], "internal", "{order:?}");
        download(&requester, &file).await.refused(404);
    }
}

#[actix_web::test]
async fn an_empty_file_a_missing_one_and_a_nameless_one_are_refused() {
    let app = TestApp::new().await;
    let (requester, _, ticket) = ticket(&app).await;
    requester.send_file(&ticket, "kosong.txt", b"", None).await.names("/file");
    requester.send_file(&ticket, "", b"isi", None).await.names("/file");
    let path = format!("/tickets/{}/attachments", text(&ticket["id"]));
    let send = async |body: &str| {
        let headers = [("content-type", MULTIPART)];
        requester.raw(Method::POST, &path, &headers, body.replace('\n', "\r\n").into_bytes()).await
    };
    send("--X\nContent-Disposition: form-data; name=\"file\"\n\nisi\n--X--\n").await.names("/file");
    send("--X\nContent-Disposition: form-data; name=\"visibility\"\n\npublic\n--X--\n").await.names("/file");
    send("--X\nContent-Disposition: form-data; name=\"visibility\"\n\nrahasia\n--X--\n").await.names("/visibility");
    send("--X\nContent-Disposition: form-data; name=\"berkas\"; filename=\"a\"\n\nisi\n--X--\n").await.refused(422);
    send("--X\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\n\nterpotong").await.refused(400);
    requester.post(&path, json!({ "file": "x" })).await.refused(415);
    assert_eq!(requester.of(&ticket, "attachments").await, Vec::<Value>::new());
}

#[actix_web::test]
async fn a_file_over_the_limit_is_refused_and_one_at_the_limit_is_taken() {
    let app = TestApp::with("[limits]\nattachment_bytes = 1000\nattachments_per_ticket = 2").await;
    let (requester, _, ticket) = ticket(&app).await;
    requester.send_file(&ticket, "besar.txt", &[b'x'; 1001], None).await.refused(413);
    requester.send_file(&ticket, "besar.txt", &[b'x'; 300_000], None).await.refused(413);
    requester.send_file(&ticket, "pas.txt", &[b'x'; 1000], None).await.created();
    requester.send_file(&ticket, "dua.txt", b"dua", None).await.created();
    requester.send_file(&ticket, "tiga.txt", b"tiga", None).await.refused(409);
    assert_eq!(requester.of(&ticket, "attachments").await.len(), 2);
}

#[actix_web::test]
async fn a_name_is_kept_as_sent_and_is_never_a_path_or_syntax() {
    let app = TestApp::new().await;
    let (requester, tier1, ticket) = ticket(&app).await;
    let names = [
        "../../etc/passwd",
        "C:\\Windows\\system32\\x.dll",
        ".htaccess",
        "laporan \"final\"; rev=2.txt",
        "keluarga 👨\u{200d}👩\u{200d}👧.jpg",
        "surat — tanggapan Ñandú 報告 📎.txt",
        "a%00b%2F..txt",
    ];
    for name in names {
        let file = requester.send_file(&ticket, name, name.as_bytes(), None).await.created();
        assert_eq!(file["name"], name);
        let got = download(&tier1, &file).await;
        assert_eq!(got.text, name);
        let header = got.header("content-disposition").unwrap();
        let encoded = header.strip_prefix("attachment; filename*=UTF-8''").unwrap();
        assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._%".contains(&b)), "{header}");
        let form = format!("n={}", encoded.replace('+', "%2B"));
        let (_, decoded) = url::form_urlencoded::parse(form.as_bytes()).next().unwrap();
        assert_eq!(decoded, name);
    }
    assert_eq!(texts(&tier1.of(&ticket, "attachments").await, "name").len(), names.len());
    requester.send_file(&ticket, &"x".repeat(256), b"isi", None).await.names("/file");
    requester.send_file(&ticket, "satu\u{7}dua", b"isi", None).await.refused(400);
}

#[actix_web::test]
async fn a_name_in_the_extended_form_that_some_programs_send_is_understood() {
    let app = TestApp::new().await;
    let (requester, _, ticket) = ticket(&app).await;
    let body = "--X\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''surat%20%E2%80%94%20satu.txt\r\n\r\nisi\r\n--X--\r\n";
    let path = format!("/tickets/{}/attachments", text(&ticket["id"]));
    let headers = [("content-type", MULTIPART)];
    let file = requester.raw(Method::POST, &path, &headers, body.into()).await.created();
    assert_eq!(file["name"], "surat — satu.txt");
}

#[actix_web::test]
async fn an_internal_file_is_staffs_and_a_foreign_one_is_not_there() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.later();
    let inner = cast.tier1.send_file(&ticket, "log.txt", b"log", Some("internal")).await.created();
    let outer = cast.tier1.send_file(&ticket, "cara.txt", b"cara", Some("public")).await.created();
    cast.requester.send_file(&ticket, "x.txt", b"x", Some("internal")).await.refused(403);
    assert_eq!(cast.requester.of(&ticket, "attachments").await, std::slice::from_ref(&outer));
    assert_eq!(cast.tier1.of(&ticket, "attachments").await.len(), 2);
    assert_eq!(cast.requester.story(&ticket).await, ["opened", "attached"]);
    let absent = cast.requester.get("/attachments/01890000-0000-7000-8000-000000000000").await;
    absent.refused(404);
    assert_eq!(download(&cast.requester, &inner).await.text, absent.text);
    assert_eq!(cast.requester.get("/attachments/bukan-id").await.text, absent.text);
    assert_eq!(download(&cast.requester, &outer).await.text, "cara");
    assert_eq!(download(&cast.auditor, &inner).await.text, "log");
    for client in [&cast.outsider, &cast.neighbour, &cast.tier2, &cast.stranger, &cast.admin, &cast.operator] {
        for file in [&inner, &outer] {
            assert_eq!(download(client, file).await.text, absent.text);
        }
        client.send_file(&ticket, "x.txt", b"x", None).await.refused(404);
    }
    cast.auditor.send_file(&ticket, "x.txt", b"x", None).await.refused(403);
    cast.app.anonymous().get(&format!("/attachments/{}", text(&outer["id"]))).await.refused(401);
}

#[actix_web::test]
async fn the_same_file_twice_is_two_attachments() {
    let app = TestApp::new().await;
    let (requester, tier1, ticket) = ticket(&app).await;
    let one = requester.send_file(&ticket, "a.txt", b"sama", None).await.created();
    let two = tier1.send_file(&ticket, "b.txt", b"sama", Some("internal")).await.created();
    assert_eq!(one["sha256"], two["sha256"]);
    assert_eq!(download(&requester, &one).await.text, "sama");
    download(&requester, &two).await.refused(404);
}

/// Files of all tickets, and of requests that were refused.
fn files(app: &TestApp) -> Vec<std::path::PathBuf> {
    app.app.blobs.files().unwrap().into_iter().map(|(_, path)| path).collect()
}

// ASVS 5.2.4: what is refused does not fill the disk for ever.
#[actix_web::test]
async fn a_file_of_which_no_ticket_speaks_is_gone_after_a_day_and_every_other_stays() {
    let app = TestApp::new().await;
    let (requester, tier1, ticket) = ticket(&app).await;
    let kept = requester.send_file(&ticket, "a.png", PNG, None).await.created();
    // What a crash leaves between a file and its row.
    for bytes in [b"kini".as_slice(), b"kemarin"] {
        let whole = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(bytes)]);
        let stored = app.app.keep_file(whole).await.unwrap().hand_over();
        assert!(app.app.blobs.path(&stored.sha256).exists());
    }
    assert_eq!(files(&app).len(), 3);
    let long_ago = std::time::UNIX_EPOCH;
    for path in files(&app).iter().filter(|path| std::fs::read(path).unwrap() != b"kini") {
        std::fs::File::options().write(true).open(path).unwrap().set_modified(long_ago).unwrap();
    }
    assert_eq!(sigap::worker::upkeep::forget_files(&app.app, |_| true).await.unwrap(), 1);
    assert_eq!(files(&app).len(), 2);
    assert_eq!(download(&tier1, &kept).await.status, 200);
    let incoming = app.app.config.data_dir.join("attachments/incoming");
    assert_eq!(std::fs::read_dir(incoming).unwrap().count(), 0);
}

// ASVS 5.2.4
#[actix_web::test]
async fn a_file_that_is_refused_is_gone_with_its_answer_and_the_same_bytes_of_a_ticket_stay() {
    let cast = Cast::new().await;
    let app = &cast.app;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let other = cast.requester.open("Layar gelap").await;
    let kept = cast.requester.send_file(&other, "sama.txt", b"sama", None).await.created();
    let only = files(app);
    cast.auditor.send_file(&ticket, "x.txt", b"auditor", None).await.refused(403);
    cast.requester.send_file(&ticket, "x.txt", b"internal", Some("internal")).await.refused(403);
    // Of two that come at once and are refused nothing stays either.
    let path = format!("/tickets/{}/attachments", text(&ticket["id"]));
    let body = || form_of(&[("file/a", "usang")]);
    let headers = [("content-type", MULTIPART), ("if-match", "\"99\"")];
    let stale = async || cast.requester.raw(Method::POST, &path, &headers, body()).await.refused(412);
    futures_util::join!(stale(), stale(), stale());
    cast.tier1.act(&ticket, "cancel", json!({ "reason": "Keliru." })).await.ok();
    for bytes in [b"ditolak".as_slice(), b"sama"] {
        cast.requester.send_file(&ticket, "x.txt", bytes, None).await.refused(409);
    }
    assert_eq!(files(app), only);
    assert_eq!(download(&cast.tier1, &kept).await.text, "sama");
    assert_eq!(std::fs::read_dir(app.app.config.data_dir.join("attachments/incoming")).unwrap().count(), 0);
}

// Contract: the same key and body give the first answer again.
#[actix_web::test]
async fn a_file_that_is_sent_again_under_its_key_has_its_first_answer_though_the_ticket_has_ended() {
    let app = TestApp::new().await;
    let (requester, tier1, ticket) = ticket(&app).await;
    let path = format!("/tickets/{}/attachments", text(&ticket["id"]));
    let headers = [("content-type", MULTIPART), ("idempotency-key", "satu")];
    let send = async |what: &str| requester.raw(Method::POST, &path, &headers, form_of(&[("file/a", what)])).await;
    let first = send("isi").await.created();
    tier1.act(&ticket, "cancel", json!({ "reason": "Keliru." })).await.ok();
    assert_eq!(send("isi").await.created(), first);
    send("lain").await.refused(422);
    assert_eq!(files(&app).len(), 1);
    assert_eq!(download(&tier1, &first).await.text, "isi");
}
