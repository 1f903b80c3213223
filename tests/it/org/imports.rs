//! CSV imports: all lines or none, every fault told by line and column.

use crate::support::db::postgres;
use crate::support::meet::stranger;
use crate::support::{Client, Reply, TestApp};
use actix_web::http::Method;
use diesel::RunQueryDsl;
use serde_json::{Value, json};
use sigap::access::{Tx, check};
use sigap::error::Result;
use sigap::on;
use sigap::org::region::{self, Template};
use sigap::org::{InRegion, Platform, actor, import};

async fn import(client: &Client, path: &str, file: impl Into<Vec<u8>>) -> Reply {
    client.raw(Method::POST, path, &[("content-type", "text/csv; charset=utf-8")], file.into()).await
}

/// Line and column of each fault.
fn faults(outcome: &Value) -> Vec<(u64, String)> {
    let all = outcome["errors"].as_array().unwrap();
    all.iter().map(|e| (e["line"].as_u64().unwrap(), e["column"].as_str().unwrap().to_owned())).collect()
}

fn counts(outcome: &Value) -> (bool, u64, u64, u64) {
    let number = |name: &str| outcome[name].as_u64().unwrap();
    (outcome["stored"].as_bool().unwrap(), number("lines"), number("created"), number("changed"))
}

async fn opds(client: &Client) -> usize {
    client.get("/opds?limit=200").await.ok()["items"].as_array().unwrap().len()
}

const GOOD: &str =
    "code,name,kind\nbaru-satu,Dinas Satu,dinas\nbaru-dua,Dinas Dua,dinas\ndinkes,Dinas Kesehatan Baru,dinas\n";

#[actix_web::test]
async fn a_rehearsal_says_what_would_happen_and_stores_nothing() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let before = opds(&admin).await;
    let outcome = import(&admin, "/opds/import?dry_run=true", GOOD).await.ok();
    assert_eq!(counts(&outcome), (false, 3, 2, 1));
    assert_eq!(opds(&admin).await, before);
    assert_eq!(admin.get("/opds/dinkes").await.ok()["name"], "Dinas Kesehatan");
    let outcome = import(&admin, "/opds/import", GOOD).await.ok();
    assert_eq!(counts(&outcome), (true, 3, 2, 1));
    assert_eq!(opds(&admin).await, before + 2);
    let changed = admin.get("/opds/dinkes").await.ok();
    assert_eq!(changed["name"], "Dinas Kesehatan Baru");
    assert_eq!(admin.get("/opds/baru-satu").await.ok()["mailbox"], "baru-satu@lebakkab.go.id");
    // The same file once more changes all three and makes none.
    assert_eq!(counts(&import(&admin, "/opds/import", GOOD).await.ok()), (true, 3, 0, 3));
}

#[actix_web::test]
async fn every_fault_is_told_by_line_and_column_and_one_is_enough_to_store_nothing() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let before = opds(&admin).await;
    let file = "code,name,kind,mailbox,mandiri_tik\r\n\
                baru-satu,Dinas Satu,dinas,,\r\n\
                Baru Dua,Dinas Dua,dinas,,\r\n\
                \r\n\
                baru-tiga,\"Dinas\n Tiga\",dinas,,\r\n\
                baru-empat,,dinas,x@gmail.com,\r\n\
                baru-lima,Dinas Lima,dinas,,maybe\r\n\
                baru-enam,Dinas Enam\r\n\
                baru-tujuh,Dinas Tujuh,dinas,x@gmail.com,ya\r\n";
    let outcome = import(&admin, "/opds/import", file).await.ok();
    let told = faults(&outcome);
    let expected = [(3, "code"), (5, "name"), (7, "name"), (8, "mandiri_tik"), (9, ""), (10, "mailbox")];
    let expected: Vec<(u64, String)> = expected.iter().map(|(line, column)| (*line, (*column).to_owned())).collect();
    assert_eq!(told, expected, "{outcome:#}");
    assert_eq!(counts(&outcome), (false, 7, 1, 0));
    assert_eq!(opds(&admin).await, before);
    admin.get("/opds/baru-satu").await.refused(404);
}

#[actix_web::test]
async fn a_file_of_too_many_lines_is_refused_before_any_is_looked_at() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let of = |count: usize| format!("code,name,kind\n{}", "x,,\n".repeat(count));
    let reply = import(&admin, "/opds/import?dry_run=true", of(5001)).await;
    reply.names("/file");
    assert!(reply.text.contains("5000"), "{}", reply.text);
    let outcome = import(&admin, "/opds/import?dry_run=true", of(5000)).await.ok();
    assert_eq!(outcome["errors"].as_array().unwrap().len(), 200);
}

#[actix_web::test]
async fn files_as_spreadsheets_write_them_are_read() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    for (n, file) in [
        "code;name;kind\nsatu-{n};Dinas, Satu;dinas\n",
        "\u{feff}code,name,kind\nsatu-{n},Dinas Satu,dinas\n",
        "\u{feff}code;name;kind\r\nsatu-{n};Dinas Satu;dinas\r\n",
        "CODE, Name ,KIND\nsatu-{n}, Dinas Satu , dinas \n",
        "kind,name,code\ndinas,Dinas Satu,satu-{n}\n",
        "code,name,kind\n\"satu-{n}\",\"Dinas \"\"Satu\"\"\",dinas",
        "code,name,kind\n\n\nsatu-{n},Dinas Satu,dinas\n\n",
        "code,name,kind,,\nsatu-{n},Dinas Satu,dinas,, \n",
    ]
    .iter()
    .enumerate()
    {
        let outcome = import(&admin, "/opds/import", file.replace("{n}", &n.to_string())).await.ok();
        assert!(outcome["stored"] == true && outcome["created"] == 1, "{file:?}: {outcome}");
    }
}

#[actix_web::test]
async fn what_is_no_csv_of_these_columns_is_400() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    for file in [
        b"code,name,kind,colour\nx,X,dinas,red\n".to_vec(),
        b"\xff\xfec\0o\0d\0e\0".to_vec(),
        b"code,name,kind\nx,Caf\xe9,dinas\n".to_vec(),
        b"PK\x03\x04".to_vec(),
        b"code,name,kind,id\n".to_vec(),
        b"code,name,kind,Name\nx,X,dinas,Y\n".to_vec(),
    ] {
        import(&admin, "/opds/import", file).await.refused(400);
    }
    let reply = admin.raw(Method::POST, "/opds/import", &[("content-type", "application/json")], b"{}".to_vec()).await;
    reply.refused(415);
    import(&admin, "/opds/import", vec![b'x'; 4_194_305]).await.refused(413);
    let twice = import(&admin, "/opds/import", "code,name,kind,name\nx,X,dinas,Y\n").await;
    assert!(twice.text.contains("Kolom name ada dua kali"), "{}", twice.text);
    let unnamed = import(&admin, "/opds/import", "code,name,kind,\nx,X,dinas,\ny,Y,dinas,Y\n").await.ok();
    assert_eq!((faults(&unnamed), &unnamed["stored"]), (vec![(3, String::new())], &json!(false)));
    assert!(unnamed["errors"][0]["detail"].as_str().unwrap().starts_with("Kolom ke-4"), "{unnamed}");
    let nothing = import(&admin, "/opds/import", "code,name,kind\n").await.ok();
    assert_eq!(counts(&nothing), (true, 0, 0, 0));
}

#[actix_web::test]
async fn a_cell_with_nul_or_a_line_break_is_a_fault_and_a_formula_is_only_text() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let outcome = import(&admin, "/opds/import", "code,name,kind\nx,A\0B,dinas\ny,\"A\nB\",dinas\n").await.ok();
    assert_eq!(faults(&outcome), [(2, String::new()), (3, "name".to_owned())]);
    let file = "name,email\n=HYPERLINK(\"http://evil\"),formula@lebakkab.go.id\n@SUM(1),at@lebakkab.go.id\n";
    let outcome = import(&admin, "/people/import", file).await.ok();
    assert_eq!(outcome["stored"], true, "{outcome}");
    let person = admin.get("/people?q=formula@").await.ok()["items"][0].clone();
    assert_eq!(person["name"], "=HYPERLINK(\"http://evil\")");
}

// ASVS 2.2.1
#[actix_web::test]
async fn a_name_that_turns_or_hides_what_stands_beside_it_is_a_fault_of_its_line() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let file =
        "name,email\nSiti\u{202e}nimda,a@lebakkab.go.id\nA\u{200b}dmin,b@lebakkab.go.id\nSiti,c@lebakkab.go.id\n";
    let outcome = import(&admin, "/people/import", file).await.ok();
    assert_eq!(faults(&outcome), [(2, "name".to_owned()), (3, "name".to_owned())]);
    let file = "code,name,kind\nbaru,Dinas\u{2067} Baru,dinas\n";
    assert_eq!(faults(&import(&admin, "/opds/import", file).await.ok()), [(2, "name".to_owned())]);
}

// T4, P6
#[actix_web::test]
async fn a_nip_that_a_spreadsheet_has_spoilt_is_refused_by_its_line() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let file = "name,email,nip\n\
                A B,a@lebakkab.go.id,1.99608182022041E+17\n\
                C D,c@lebakkab.go.id,\"1,99608E+17\"\n\
                E F,e@lebakkab.go.id,=\"199608182022041001\"\n\
                G H,g@lebakkab.go.id,199608182022040992\n\
                I J,i@lebakkab.go.id,199608182022041001\n";
    let outcome = import(&admin, "/people/import", file).await.ok();
    assert_eq!(faults(&outcome).iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3, 4, 5]);
    assert!(faults(&outcome).iter().all(|(_, column)| column == "nip"));
    let english = [("content-type", "text/csv"), ("accept-language", "en")];
    let outcome = admin.raw(Method::POST, "/people/import", &english, file.into()).await.ok();
    assert!(outcome["errors"][0]["detail"].as_str().unwrap().starts_with("A spreadsheet has dropped digits"));
}

#[actix_web::test]
async fn people_come_with_their_roles_and_are_brought_up_to_date() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let file = "name,email,nip,phone,language,role,opd\n\
                Baru Satu,baru.satu@lebakkab.go.id,199608182022041001,0811,en,tier1,bpbd\n\
                Siti Aminah Baru,pegawai.dinkes@lebakkab.go.id,,,,requester,dinkes\n\
                Siti Aminah Baru,PEGAWAI.DINKES@lebakkab.go.id,,,,requester,disdik\n";
    let outcome = import(&admin, "/people/import", file).await.ok();
    assert_eq!(counts(&outcome), (true, 3, 1, 2));
    let made = admin.get("/people?q=baru.satu").await.ok()["items"][0].clone();
    assert_eq!((&made["entry"]["language"], &made["entry"]["roles"][0]["opd"]), (&json!("en"), &json!("bpbd")));
    assert_eq!(admin.get("/reports/coverage").await.ok()["uncovered"], json!([]));
    let known = admin.get("/people?q=pegawai.dinkes").await.ok()["items"][0].clone();
    assert_eq!(known["name"], "Siti Aminah Baru");
    assert_eq!(known["entry"]["roles"].as_array().unwrap().len(), 2);
    assert_eq!(counts(&import(&admin, "/people/import", file).await.ok()), (true, 3, 0, 3));
}

#[actix_web::test]
async fn a_line_that_the_database_refuses_in_the_middle_does_not_hide_the_lines_after_it() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let file = "name,email,nip,role,opd\n\
                Satu,s1@lebakkab.go.id,199608182022041001,tier1,dinkes\n\
                Dua,s2@lebakkab.go.id,199608182022041001,tier1,dinkes\n\
                Tiga,s3@lebakkab.go.id,,tier1,dinkes\n\
                Empat,s4@lebakkab.go.id,,king,dinkes\n\
                Lima,s5@lebakkab.go.id,,requester,no-such\n\
                Enam,s6@lebakkab.go.id,,requester,dinkes\n\
                Tujuh,s7@lebakkab.go.id,,operator,\n\
                Delapan,s8@gmail.com,,requester,dinkes\n";
    let outcome = import(&admin, "/people/import", file).await.ok();
    let told = faults(&outcome);
    let expected = [(3, "nip"), (4, "role"), (5, "role"), (6, "opd"), (8, ""), (9, "email")];
    let expected: Vec<(u64, String)> = expected.iter().map(|(line, column)| (*line, (*column).to_owned())).collect();
    assert_eq!(told, expected, "{outcome:#}");
    assert_eq!(outcome["created"], 2);
    assert_eq!(admin.get("/people?q=s1@").await.ok()["items"], json!([]));
}

#[actix_web::test]
async fn only_the_administrator_imports() {
    let app = TestApp::new().await;
    for account in ["koordinator", "auditor", "pegawai.dinkes", "tier2.satu"] {
        let client = app.lebak(account).await;
        import(&client, "/opds/import", GOOD).await.refused(403);
        import(&client, "/people/import", "name,email\n").await.refused(403);
    }
    import(&app.sign_in("operator@sigap.example").await, "/opds/import", GOOD).await.refused(404);
}

#[actix_web::test]
async fn an_import_under_a_key_happens_once() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let headers = [("content-type", "text/csv"), ("idempotency-key", "import-1")];
    let first = admin.raw(Method::POST, "/opds/import", &headers, GOOD.into()).await;
    let again = admin.raw(Method::POST, "/opds/import", &headers, GOOD.into()).await;
    assert_eq!(counts(&first.ok()), (true, 3, 2, 1));
    assert_eq!(first.text, again.text);
    let rehearsal = admin.raw(Method::POST, "/opds/import?dry_run=true", &headers, GOOD.into()).await;
    rehearsal.names("/Idempotency-Key");
}

// Forms that stand open keep their version, and whoever holds somebody's row holds up no import of a list in which he stands.
#[actix_web::test]
async fn a_line_that_says_nothing_new_counts_as_before_changes_nothing_and_waits_for_nobody() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let known = admin.get("/people?q=pegawai.dinkes").await.ok()["items"][0].clone();
    let place = format!("/people/{}", known["id"].as_str().unwrap());
    let tags = async || {
        let tag = async |path: &str| admin.get(path).await.header("etag").unwrap().to_owned();
        (tag(&place).await, tag("/opds/dinkes").await)
    };
    import(&admin, "/opds/import", GOOD).await.ok();
    let before = tags().await;
    let people = "name,email,language,role,opd\nSiti Aminah,Pegawai.Dinkes@lebakkab.go.id,id,requester,dinkes\n";
    let holds = postgres().map(|_| stranger(&app, "SELECT 1 FROM people FOR NO KEY UPDATE"));
    assert_eq!(counts(&import(&admin, "/people/import", people).await.ok()), (true, 1, 0, 1));
    drop(holds);
    assert_eq!(counts(&import(&admin, "/opds/import", GOOD).await.ok()), (true, 3, 0, 3));
    assert_eq!(tags().await, before);
    assert_eq!(admin.get("/audit/entries?action=person.change").await.ok()["items"], json!([]));
    let moved = people.replace("Siti Aminah", "Siti Aminah Putri");
    assert_eq!(counts(&import(&admin, "/people/import", moved).await.ok()), (true, 1, 0, 1));
    assert_ne!(tags().await.0, before.0);
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    rows: i64,
}

/// Rows of people and their roles that this transaction has read without an index.
fn walked(tx: &mut Tx<'_>) -> Result<i64> {
    let sql = "SELECT CAST(sum(seq_tup_read) AS bigint) AS rows FROM pg_stat_xact_user_tables \
               WHERE relname IN ('people', 'grants')";
    Ok(on!(tx.conn(), |c| diesel::sql_query(sql).get_result::<Count>(c))?.rows)
}

/// Rows of people that the second of two lists walks through in a new region, run as an import or by its lines alone.
async fn walks(is_import: bool) -> i64 {
    let app = TestApp::empty().await;
    let region = app.within(|tx| {
        let (may, template) = (check(&tx.actor, Platform)?, Template::shipped()?.remove(0));
        region::create(tx, may, &template)
    });
    let region = region.await;
    app.within(|tx| Ok(on!(tx.conn(), |c| diesel::sql_query("ANALYZE people, grants").execute(c))?)).await;
    let program = app.app.clone();
    let walked = app.within(move |tx| {
        let now = tx.now;
        let mut tx = tx.acting_as(actor::console(Some(region.id)), now);
        let may = check(&tx.actor, InRegion(region.id))?;
        let mut before = 0;
        for list in 0..2 {
            before = walked(&mut tx)?;
            let lines = (0..400).map(|n| format!("Orang,o{list}x{n}@{}\n", region.domain));
            let file = format!("name,email\n{}", lines.collect::<String>());
            let people = |tx: &mut Tx<'_>| import::people(tx, &may, file.as_bytes(), program.post());
            let done = if is_import { import::run(&mut tx, false, people)? } else { people(&mut tx)? };
            assert_eq!((done.created, done.faults.len()), (400, 0));
        }
        Ok(walked(&mut tx)? - before)
    });
    walked.await
}

// Else each line of the first list of a new region walks through all that the lines before it have made.
#[actix_web::test]
async fn an_import_into_tables_that_were_nearly_empty_looks_people_up_by_their_index() {
    if postgres().is_none() {
        println!("skipped: PostgreSQL only, SQLite plans by its indexes alone");
        return;
    }
    let (with, without) = (walks(true).await, walks(false).await);
    assert!(with < 4_000 && without > 100_000, "{with} rows for 400 lines, and {without} by plans that are kept");
}
