//! What a person does wakes the jobs that wait for it, on every node.

use crate::support::TestApp;
use crate::support::meet::LONG;
use sigap::access::Origin;
use sigap::app::Caller;
use sigap::db::Store;
use sigap::org::region;
use sigap::worker;
use tokio::sync::watch;

async fn hears(bell: &mut watch::Receiver<u64>) {
    tokio::time::timeout(LONG, bell.changed()).await.expect("the bell was not heard").unwrap();
    bell.mark_unchanged();
}

#[actix_web::test]
async fn what_a_person_changes_rings_and_what_he_reads_or_a_job_does_is_silent() {
    let app = TestApp::new().await;
    let requester = app.lebak("pegawai.dinkes").await;
    let bell = app.app.bell.heard();
    requester.get("/tickets").await.ok();
    app.app.write(Caller::Anonymous, Origin::of("job"), region::exists).await.unwrap();
    assert!(!bell.has_changed().unwrap());
    requester.open("SIMPEG tidak bisa dibuka").await;
    assert!(bell.has_changed().unwrap());
}

#[actix_web::test]
async fn what_happens_on_one_node_is_heard_on_another_without_a_look_at_the_database() {
    let app = TestApp::new().await;
    if matches!(app.app.store, Store::Sqlite(_)) {
        println!("skipped: a file of SQLite has one node");
        return;
    }
    let other = app.again("").await;
    let requester = app.lebak("pegawai.dinkes").await;
    let (mut here, mut there) = (app.app.bell.heard(), other.app.bell.heard());
    let (stop, stopped) = watch::channel(false);
    let nodes: Vec<_> =
        [&app, &other].map(|node| tokio::spawn(worker::bell::run(node.app.clone(), stopped.clone()))).into();
    // Whoever begins to listen is woken: what was rung before, nobody told him.
    hears(&mut here).await;
    hears(&mut there).await;
    requester.open("SIMPEG tidak bisa dibuka").await;
    hears(&mut here).await;
    hears(&mut there).await;
    requester.open("SIMPEG lambat").await;
    hears(&mut there).await;
    stop.send_replace(true);
    for node in nodes {
        node.await.unwrap();
    }
}
