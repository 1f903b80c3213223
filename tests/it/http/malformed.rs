//! Malformed requests, one a line: what is sent, and the status and field that the answer names.

use crate::support::{Client, TestApp, client};
use actix_web::http::Method;
use serde_json::json;

/// Who sends, method, path, media type, body, status, pointer.
type Row = (&'static str, &'static str, &'static str, &'static str, String, u16, &'static str);

const JSON: &str = "application/json";

fn row(who: &'static str, line: &'static str, body: impl Into<String>, status: u16, pointer: &'static str) -> Row {
    let (method, path) = line.split_once(' ').unwrap();
    (who, method, path, JSON, body.into(), status, pointer)
}

/// A ticket with one thing wrong.
fn ticket(wrong: &str) -> String {
    let rest = match wrong.split_once(':').map_or("", |(name, _)| name.trim_matches('"')) {
        "kind" => r#""subject":"x","description":"y""#,
        "subject" => r#""kind":"incident","description":"y""#,
        "description" => r#""kind":"incident","subject":"x""#,
        _ => r#""kind":"incident","subject":"x","description":"y""#,
    };
    format!("{{{wrong},{rest}}}")
}

/// Texts that break off behind a field that is wrong by itself.
fn broken_off() -> Vec<Row> {
    let texts = [r#"{"unknown":"#, r#"{"unknown":1,}"#, r#"{"kind":"party","subject":"#, r#"{"subject":1} {}"#];
    texts.map(|body| row("requester", "POST /tickets", body, 400, "")).into()
}

fn bodies() -> Vec<Row> {
    let post = |body: &str, status, pointer| row("requester", "POST /tickets", body, status, pointer);
    let t = |wrong: &str, pointer| row("requester", "POST /tickets", ticket(wrong), 422, pointer);
    let deep = format!(r#"{{"kind":{}1{}}}"#, "[".repeat(5000), "]".repeat(5000));
    vec![
        post("", 415, ""),
        post("{", 400, ""),
        post("}", 400, ""),
        post("null", 400, ""),
        post("\"text\"", 400, ""),
        post("1", 400, ""),
        post("[]", 400, ""),
        post(r#"["incident","x","y"]"#, 400, ""),
        post(r#"{"kind":"incident",}"#, 400, ""),
        post(r#"{"kind":"incident","subject":"x","description":"y"} {}"#, 400, ""),
        post(r"{'kind':'incident'}", 400, ""),
        post(r#"{"kind":"incident","subject":NaN,"description":"y"}"#, 400, ""),
        post("{\"kind\":\"incident\",\"subject\":\"a\nb\",\"description\":\"y\"}", 400, ""),
        post(&deep, 422, "/kind"),
        post(&ticket(r#""service":"\ud800""#), 400, ""),
        post(&ticket(r#""service":"\udc00\ud800""#), 400, ""),
        post("{}", 422, "/kind"),
        t(r#""kind":"party""#, "/kind"),
        t(r#""kind":null"#, "/kind"),
        t(r#""kind":["incident"]"#, "/kind"),
        t(r#""kind":{"incident":null}"#, "/kind"),
        t(r#""kind":"Incident""#, "/kind"),
        t(r#""subject":"""#, "/subject"),
        t(r#""subject":"   ""#, "/subject"),
        t(r#""subject":null"#, "/subject"),
        t(r#""subject":17"#, "/subject"),
        t(r#""subject":["x"]"#, "/subject"),
        t(r#""subject":"a\u0000b""#, "/subject"),
        t(&format!(r#""subject":"{}""#, "x".repeat(201)), "/subject"),
        t(r#""subject":"a\nb""#, "/subject"),
        t(r#""description":"""#, "/description"),
        t(r#""description":false"#, "/description"),
        t(&format!(r#""description":"{}""#, "x".repeat(20_001)), "/description"),
        t(r#""description":"\u0000""#, "/description"),
        // Nothing is to be seen of them: zero width, a filler, a variation selector.
        t(r#""subject":"\u200b\u200d\u3164\ufe0f""#, "/subject"),
        t(r#""impact":"huge""#, "/impact"),
        t(r#""impact":1"#, "/impact"),
        t(r#""urgency":"HIGH""#, "/urgency"),
        t(r#""classification":"top-secret""#, "/classification"),
        t(r#""channel":"pigeon""#, "/channel"),
        t(r#""service":"no-such""#, "/service"),
        t(r#""service":1"#, "/service"),
        t(r#""service":"\u0000""#, "/service"),
        t(r#""opd":"disdik""#, "/opd"),
        // Mass assignment: what the service decides is no field.
        t(r#""tier":2"#, "/tier"),
        t(r#""status":"closed""#, "/status"),
        t(r#""requester":"me""#, "/requester"),
        t(r#""priority":"p1""#, "/priority"),
        t(r#""created_at":"2020-01-01T00:00:00Z""#, "/created_at"),
        t(r#""region":"temanggung""#, "/region"),
        t(r#""a/b~c":1"#, "/a~1b~0c"),
        t(r#""impact":"low","impact":"high""#, "/impact"),
        t(r#""__proto__":{}"#, "/__proto__"),
        t(r#""b`c":1"#, "/b`c"),
        t(r#""":1"#, "/"),
    ]
}

#[expect(clippy::too_many_lines, reason = "a table has a row for each case")]
fn others() -> Vec<Row> {
    let typed =
        |media: &'static str, body: &str, status| ("requester", "POST", "/tickets", media, body.to_owned(), status, "");
    let good = ticket(r#""impact":"low""#);
    let big = ticket(&format!(r#""impact":"{}""#, "x".repeat(300_000)));
    let admin = |line, body: &str, pointer| row("admin", line, body, 422, pointer);
    let get = |line, status, pointer| row("requester", line, "", status, pointer);
    vec![
        typed("", &good, 415),
        typed("text/plain", &good, 415),
        typed("application/jsonx", &good, 415),
        typed("application/xml", "<ticket/>", 415),
        typed("application/x-www-form-urlencoded", "kind=incident", 415),
        typed("multipart/form-data", &good, 415),
        typed("application/json", &big, 413),
        get("GET /tickets?limit=0", 422, "/limit"),
        get("GET /tickets?limit=201", 422, "/limit"),
        get("GET /tickets?limit=-1", 422, "/limit"),
        get("GET /tickets?limit=ten", 422, "/limit"),
        get("GET /tickets?limit=", 422, "/limit"),
        get("GET /tickets?limit=99999999999999999999", 422, "/limit"),
        get("GET /tickets?limit=1&limit=2", 422, "/limit"),
        get("GET /tickets?cursor=x", 422, "/cursor"),
        get("GET /tickets?cursor=", 422, "/cursor"),
        get("GET /tickets?status=lost", 422, "/status"),
        get("GET /tickets?tier=3", 422, "/tier"),
        get("GET /tickets?assignee=somebody", 422, "/assignee"),
        get("GET /tickets?sort=subject;drop", 422, "/sort"),
        get("GET /tickets?kind=party", 422, "/kind"),
        get("GET /tickets?priority=p9", 422, "/priority"),
        get("GET /tickets?q=%00", 422, "/q"),
        get("GET /tickets?opd=%00", 422, "/opd"),
        get("GET /tickets?unknown=1", 422, "/unknown"),
        get("GET /tickets/%00", 404, ""),
        get("GET /tickets/%ff", 404, ""),
        get("GET /tickets/..%2f..%2fetc", 404, ""),
        get("GET /tickets/LBK-2026-000001%00", 404, ""),
        get("GET /opds/%00", 404, ""),
        get("GET /notices?unread=perhaps", 422, "/unread"),
        row("requester", "POST /auth/login", r#"{"login":"x"}"#, 422, "/password"),
        row("requester", "POST /auth/login", r#"{"login":["x"],"password":"y"}"#, 422, "/login"),
        row("requester", "POST /auth/login", r#"{"login":"\u0000","password":"y"}"#, 422, "/login"),
        row("requester", "POST /auth/login", r#"{"login":"x","password":"y","remember":true}"#, 422, "/remember"),
        row("requester", "POST /me/password", r#"{"old_password":"x"}"#, 422, "/new_password"),
        row("requester", "POST /auth/logout", r#"{"all":true}"#, 422, "/all"),
        admin("POST /opds", r#"{"code":"A B","name":"x","kind":"dinas"}"#, "/code"),
        admin("POST /opds", r#"{"code":"\u0000","name":"x","kind":"dinas"}"#, "/code"),
        admin("POST /opds", r#"{"code":"baru","name":"x","kind":"dinas","valid_from":"2026-13-01"}"#, "/valid_from"),
        admin("POST /opds", r#"{"code":"baru","name":"x","kind":"dinas","valid_from":"2026-02-29"}"#, "/valid_from"),
        admin("POST /opds", r#"{"code":"baru","name":"x","kind":"dinas","mandiri_tik":"yes"}"#, "/mandiri_tik"),
        admin("POST /opds", r#"{"code":"baru","name":"x","kind":"dinas","successor":"\u0000"}"#, "/successor"),
        admin("POST /services", r#"{"code":"s","name":"x","owner":"setda","provider":"nobody"}"#, "/provider"),
        admin(
            "POST /services",
            r#"{"code":"s","name":"x","owner":"setda","provider":"opd","kinds":["x"]}"#,
            "/kinds/0",
        ),
        admin("POST /services", r#"{"code":"s","name":"x","owner":"setda","provider":"opd","kinds":"x"}"#, "/kinds"),
        admin("POST /people", r#"{"name":"X Y","email":"x@lebakkab.go.id","nip":199608182022041001}"#, "/nip"),
        admin("POST /people", r#"{"name":"X Y","email":"x@lebakkab.go.id","role":"admin"}"#, "/role"),
        admin("POST /people", r#"{"name":"X\u0000Y","email":"x@lebakkab.go.id"}"#, "/name"),
        admin("POST /people", r#"{"name":"X Y","email":"\u0000"}"#, "/email"),
        admin("GET /people?role=king", "", "/role"),
        admin("GET /people?inactive=maybe", "", "/inactive"),
        ("admin", "POST", "/people/import", JSON, "name,email\n".into(), 415, ""),
        ("admin", "POST", "/people/import?dry_run=perhaps", "text/csv", "name,email\n".into(), 422, "/dry_run"),
    ]
}

async fn status_and_pointers(client: &Client, row: &Row) -> (u16, Vec<String>) {
    let (_, method, path, media, body, ..) = row;
    let headers = [("content-type", *media)];
    let headers = if media.is_empty() || body.is_empty() { &headers[..0] } else { &headers[..] };
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let reply = client.raw(method, path, headers, body.clone().into_bytes()).await;
    if reply.status < 400 {
        return (reply.status, vec![reply.text]);
    }
    let problem = reply.refused(reply.status);
    for text in ["type", "title", "detail"] {
        assert!(problem[text].as_str().is_some_and(|t| !t.is_empty()), "{path}: {problem}");
    }
    let pointers = problem["errors"].as_array().into_iter().flatten();
    (reply.status, pointers.map(|e| e["pointer"].as_str().unwrap().to_owned()).collect())
}

#[actix_web::test]
async fn every_malformed_request_gets_its_status_and_names_its_field() {
    let app = TestApp::new().await;
    let (requester, admin) = (app.lebak("pegawai.dinkes").await, app.lebak("admin").await);
    let rows: Vec<Row> = bodies().into_iter().chain(broken_off()).chain(others()).collect();
    assert!(rows.len() >= 100, "{}", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let client = if row.0 == "admin" { &admin } else { &requester };
        let (status, pointers) = status_and_pointers(client, row).await;
        let begin: String = row.4.chars().take(60).collect();
        println!("{status} {:<16} {} {} {}", pointers.join(" "), row.1, row.2, begin.escape_debug());
        let expected: &[&str] = if row.6.is_empty() { &[] } else { &[row.6] };
        if status != row.5 || (pointers != expected && row.4 != "{}") {
            wrong.push(format!("{} {} {begin}: {status} {pointers:?}, not {} {}", row.1, row.2, row.5, row.6));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let seen = app.lebak("koordinator").await.get("/tickets").await.ok();
    assert_eq!(seen["items"], json!([]), "nothing of it was stored");
}

/// What is sent, a body or a query, and the fields that the answer names.
fn with_several_faults() -> Vec<(&'static str, String, Vec<&'static str>)> {
    let week = r#"{"days":{"mon":[{"from":7}],"sunday":[]}}"#;
    let large = format!(r#"{{"kind":"foo","zz":1,"description":"{}"}}"#, "x".repeat(66_000));
    let many: String = (0..100).map(|n| format!(r#""u{n}":1,"#)).collect();
    vec![
        ("POST /tickets", "{}".into(), vec!["/kind", "/subject", "/description"]),
        (
            "POST /tickets",
            r#"{"kind":"foo","subject":"","impact":"q","zz":1}"#.into(),
            vec!["/kind", "/impact", "/zz", "/description"],
        ),
        (
            "POST /tickets",
            r#"{"kind":"incident","subject":1,"description":null}"#.into(),
            vec!["/subject", "/description"],
        ),
        (
            "POST /tickets",
            r#"{"impact":"low","impact":"low","a/b~c":1,"subject":"x"}"#.into(),
            vec!["/impact", "/a~1b~0c", "/kind", "/description"],
        ),
        (
            "POST /tickets",
            r#"{"kind":"incident","subject":"","description":""}"#.into(),
            vec!["/subject", "/description"],
        ),
        ("POST /tickets", large, vec!["/kind"]),
        (
            "POST /services",
            r#"{"kinds":["x","y"],"impact":"q","provider":"nobody"}"#.into(),
            vec!["/kinds/0", "/impact", "/provider"],
        ),
        (
            "POST /calendars",
            format!(r#"{{"code":7,"definition":{{"zone":1,"weeks":[{week}]}}}}"#),
            vec!["/code", "/definition/weeks/0/days", "/definition/zone", "/name"],
        ),
        ("GET /tickets?foo=1&kind=party&bar=2&sla=never", String::new(), vec!["/foo", "/kind", "/bar", "/sla"]),
        (
            "GET /tickets?limit=0&sort=zz&tier=9&status=lost&assignee=x",
            String::new(),
            vec!["/assignee", "/sort", "/tier", "/limit", "/status"],
        ),
        ("GET /reports/sla?foo=1", String::new(), vec!["/foo", "/from", "/to", "/by"]),
        ("GET /me?foo=1&bar=2", String::new(), vec!["/foo", "/bar"]),
        ("POST /tickets", format!("{{{many}\"kind\":1}}"), Vec::new()),
    ]
}

#[actix_web::test]
async fn every_fault_of_the_form_is_told_at_once_and_then_every_fault_against_the_rules() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    let mut wrong = Vec::new();
    for (line, body, mut expected) in with_several_faults() {
        let (status, mut pointers) = status_and_pointers(&me, &row("requester", line, body.clone(), 422, "")).await;
        pointers.sort();
        expected.sort_unstable();
        // A body of nothing but faults is given up after as many as anybody would mend.
        let fits = if expected.is_empty() { pointers.len() == 32 } else { pointers == expected };
        if status != 422 || !fits {
            wrong.push(format!("{line} {body:.80}: {status} {pointers:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn on_a_ticket() -> Vec<(&'static str, &'static str, u16, &'static str)> {
    vec![
        ("assign", "{}", 422, "/assignee"),
        ("assign", r#"{"assignee":"somebody"}"#, 422, "/assignee"),
        ("assign", r#"{"assignee":null}"#, 422, "/assignee"),
        ("assign", r#"{"assignee":"01920000-0000-7000-8000-000000000000"}"#, 422, "/assignee"),
        ("escalate", r#"{"reason":"a","tried":"b"}"#, 422, "/requested"),
        ("escalate", r#"{"reason":"a","tried":"b","requested":""}"#, 422, "/requested"),
        ("escalate", r#"{"reason":" ","tried":"b","requested":"c"}"#, 422, "/reason"),
        ("escalate", r#"{"reason":"\u200b","tried":"b","requested":"c"}"#, 422, "/reason"),
        ("pend", r#"{"reason":"holiday"}"#, 422, "/reason"),
        ("pend", r#"{"reason":"vendor","until":"tomorrow"}"#, 422, "/until"),
        ("pend", r#"{"reason":"vendor","until":"2026-03-02T00:00:00Z"}"#, 422, "/until"),
        ("pend", r#"{"reason":"vendor","until":"2026-03-02"}"#, 422, "/until"),
        ("resolve", "{}", 422, "/resolution"),
        ("resolve", r#"{"resolution":""}"#, 422, "/resolution"),
        ("resolve", r#"{"resolution":"x","cause":"\u0000"}"#, 422, "/cause"),
        ("cancel", r#"{"reason":1}"#, 422, "/reason"),
        ("start", r#"{"force":true}"#, 422, "/force"),
        ("start", "[]", 400, ""),
        ("comments", r#"{"body":"x","visibility":"secret"}"#, 422, "/visibility"),
        ("comments", r#"{"body":"","visibility":"public"}"#, 422, "/body"),
        ("comments", r#"{"body":"\u0000","visibility":"public"}"#, 422, "/body"),
        ("comments", r#"{"body":" \u200d\n\u2800","visibility":"public"}"#, 422, "/body"),
        ("links", r#"{"ticket":"LBK-2026-999999","kind":"related"}"#, 422, ""),
        ("explode", "{}", 404, ""),
    ]
}

#[actix_web::test]
async fn every_malformed_act_on_a_ticket_is_refused_and_changes_nothing() {
    let app = TestApp::new().await;
    let ticket = app.lebak("pegawai.dinkes").await.open("Salah isi").await;
    let technician = app.lebak("teknisi.dinkes").await;
    let mut wrong = Vec::new();
    for (action, body, status, pointer) in on_a_ticket() {
        let path = format!("/tickets/{}/{action}", client::id(&ticket));
        let row = ("tier1", "POST", "", JSON, body.to_owned(), status, pointer);
        let headers = [("content-type", JSON)];
        let reply = technician.raw(Method::POST, &path, &headers, row.4.into_bytes()).await;
        let problem = reply.refused(reply.status);
        let named = problem["errors"][0]["pointer"].as_str().unwrap_or_default();
        println!("{} {named:<14} POST {action} {body}", reply.status);
        if reply.status != status || (!pointer.is_empty() && named != pointer) {
            wrong.push(format!("{action} {body}: {} {named}, not {status} {pointer}", reply.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(technician.see(&ticket).await.ok(), ticket);
}

// Other kinds of `multipart` have parts too.
#[actix_web::test]
async fn a_file_comes_as_a_form_and_as_nothing_else() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    let ticket = me.open("Layar gelap").await;
    let path = format!("/tickets/{}/attachments", client::id(&ticket));
    let body = || client::form_of(&[("file/a.txt", "isi")]);
    for kind in ["multipart/mixed; boundary=X", "multipart/related; boundary=X", "multipart/form", "image/png", ""] {
        me.raw(Method::POST, &path, &[("content-type", kind)], body()).await.refused(415);
        let keyed = [("content-type", kind), ("idempotency-key", "satu")];
        me.raw(Method::POST, &path, &keyed, body()).await.refused(415);
    }
    assert!(me.of(&ticket, "attachments").await.is_empty());
    me.raw(Method::POST, &path, &[("content-type", "Multipart/Form-Data; boundary=X")], body()).await.created();
}
