//! Pages for a slow line: what goes over the wire is counted.

use super::{Desk, reported};
use crate::support::TestApp;
use crate::support::browser::Browser;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// Bytes on the wire: browsers and the service speak gzip.
fn wire(text: &str) -> usize {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap().len()
}

#[actix_web::test]
async fn the_first_visit_fits_thirty_kilobytes_and_the_next_one_ten() {
    let app = TestApp::new().await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    for n in 0..20 {
        reported(&clerk, &format!("Masalah ke-{n} dengan kalimat yang cukup panjang")).await;
    }
    let (sign_in, own) = (Browser::new(&app).get("/sign-in").await, clerk.get("/tickets").await);
    let assets: Vec<_> = ["link[rel=stylesheet]", "link[rel=icon]"]
        .iter()
        .flat_map(|css| own.attributes(css, "href"))
        .chain(own.attributes("script", "src"))
        .collect();
    assert_eq!(assets.len(), 3);
    let mut shared = 0;
    for place in &assets {
        let file = clerk.get(place).await;
        assert_eq!(file.status, 200, "{place}");
        assert!(file.header("cache-control").unwrap().contains("immutable"), "kept for the next visit: {place}");
        shared += wire(&file.html);
    }
    for page in [&sign_in, &own] {
        assert!(wire(&page.html) + shared <= 30_000, "{}: {} + {shared}", page.place, wire(&page.html));
        assert!(wire(&page.html) <= 10_000, "{}: {}", page.place, wire(&page.html));
    }
    let style = clerk.get(&assets[0]).await;
    assert!(style.html.len() < 20_000, "one style sheet below 20 KB: {}", style.html.len());
}

#[actix_web::test]
async fn a_queue_of_fifty_and_a_ticket_are_light_too() {
    let desk = Desk::new().await;
    for n in 0..55 {
        reported(&desk.clerk, &format!("Masalah ke-{n} dengan kalimat yang cukup panjang")).await;
    }
    let queue = desk.tier1.get("/tickets").await;
    assert_eq!(queue.all(".row").len(), 50);
    assert!(wire(&queue.html) <= 50_000, "{}", wire(&queue.html));
    let next = queue.attributes("a[rel=next]", "href")[0].clone();
    assert_eq!(desk.tier1.get(&next).await.all(".row").len(), 6);
    for n in 0..30 {
        desk.act(&desk.tier1, "comment", &[("body", &format!("Jawaban ke-{n}, dengan beberapa kata lagi."))]).await;
    }
    let ticket = desk.tier1.get(&desk.place).await;
    assert!(wire(&ticket.html) <= 60_000, "{}", wire(&ticket.html));
    assert!(
        !ticket.html.contains("http://") && !ticket.html.contains("https://"),
        "no other host is asked for anything"
    );
}
