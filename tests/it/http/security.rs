//! Whom to tell of a security hole (RFC 9116).

use crate::support::TestApp;
use actix_web::http::Method;

async fn told(app: &TestApp) -> crate::support::Reply {
    app.anonymous().raw(Method::GET, "/.well-known/security.txt", &[], Vec::new()).await
}

// RFC 9116, 2.5
#[actix_web::test]
async fn whoever_finds_a_hole_learns_whom_to_tell_and_until_when_that_holds() {
    let app = TestApp::with(
        "security_contact = \"mailto:csirt@lebakkab.go.id\"\npublic_url = \"https://sigap.lebakkab.go.id\"\n",
    )
    .await;
    let text = told(&app).await.text;
    assert_eq!(
        text.split("\r\n").collect::<Vec<_>>(),
        [
            "Contact: mailto:csirt@lebakkab.go.id",
            "Expires: 2026-05-31T00:00:00Z",
            "Preferred-Languages: id, en",
            "Canonical: https://sigap.lebakkab.go.id/.well-known/security.txt",
            "",
        ]
    );
    // Nobody is promised who was never named.
    told(&TestApp::new().await).await.refused(404);
}
