//! Every operation of the OpenAPI document × every kind of caller × every relation of the object, held against
//! `tests/data/access-matrix.csv`.

pub mod ask;
mod kept;
mod letters;
mod oracle;
mod things;
mod tools;
mod world;

use crate::support::Reply;
use ask::{Operation, Sent};
use futures_util::StreamExt;
use kept::Kept;
use oracle::{Cell, Oracle, fits};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use things::{Rows, Thing};
use world::World;

/// Requests under way at once.
const AT_ONCE: usize = 32;

struct Case {
    cell: Cell,
    operation: Operation,
    expected: String,
    thing: Thing,
}

fn matrix() -> Oracle {
    Oracle::read(include_str!("../data/access-matrix.csv")).unwrap_or_else(|fault| panic!("{fault}"))
}

fn cells_of<'a>(operation: &'a Operation, callers: &'a [&str]) -> impl Iterator<Item = Cell> + 'a {
    let cell = |operation: &str, caller: &str, object: &str| Cell {
        operation: operation.to_owned(),
        caller: caller.to_owned(),
        object: object.to_owned(),
    };
    let objects = || {
        let grants = operation.id == "takeRole";
        operation.objects().iter().filter(move |o| grants || **o != "mismatched")
    };
    operation.names().into_iter().flat_map(move |name| {
        callers
            .iter()
            .flat_map(|caller| objects().map(|object| cell(&name, caller, object)).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    })
}

// P8
#[actix_web::test]
async fn every_caller_gets_from_every_operation_what_the_matrix_says_and_a_refusal_changes_nothing() {
    let (oracle, world, operations) = (matrix(), &World::build().await, ask::operations());
    let callers: Vec<&str> = world.callers.keys().copied().collect();
    let known: BTreeSet<Cell> = operations.iter().flat_map(|o| cells_of(o, &callers)).collect();
    let gaps = oracle.gaps(&known);
    assert!(gaps.is_empty(), "{} gaps:\n{}", gaps.len(), some(&gaps));

    let (mut cases, mut rows) = (Vec::new(), Rows::default());
    for operation in &operations {
        for cell in cells_of(operation, &callers) {
            let thing = world.prepare(operation, &cell, &mut rows).await;
            let expected = oracle.cells[&cell].clone();
            cases.push(Case { cell, operation: operation.clone(), expected, thing });
        }
    }
    kept::store(&world.app, rows).await;
    let before = Kept::take(world).await;
    let mut replies: Vec<(&Case, Reply)> = Vec::new();
    // Whoever ends his own sessions asks for nothing more.
    for is_last in [false, true] {
        let some: Vec<(&Case, Reply)> = futures_util::stream::iter(cases.iter().filter(|c| ends_his_own(c) == is_last))
            .map(|case| async move { (case, send(world, case).await) })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        replies.extend(some);
    }
    let after = Kept::take(world).await;

    let mut faults = Vec::new();
    for (case, reply) in &replies {
        let Cell { operation, caller, object } = &case.cell;
        if !fits(&case.expected, reply.status) {
            let got = format!("{} {}", reply.status, reply.text.chars().take(160).collect::<String>());
            faults.push(format!("{operation} {caller} {object}: {} expected, but {got}", case.expected));
        }
        if reply.status >= 400 && reply.header("content-type") != Some("application/problem+json") {
            faults.push(format!("{operation} {caller} {object}: refused with no problem: {}", reply.text));
        }
    }
    faults.extend(undocumented(&replies));
    faults.extend(told_apart(&replies));
    faults.extend(before.differences(&after, cases.iter().map(|c| (&c.cell, c.expected.as_str(), &c.thing))));
    faults.sort();
    assert!(faults.is_empty(), "{} of {} cells:\n{}", faults.len(), cases.len(), some(&faults));
}

fn ends_his_own(case: &Case) -> bool {
    case.operation.id == "signOutPerson" && case.cell.object == "self"
}

fn some(lines: &[String]) -> String {
    lines.iter().take(60).fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{line}");
        text
    })
}

async fn send(world: &World, case: &Case) -> Reply {
    let place = case.operation.place(&case.thing);
    let own_token = match (case.operation.id.as_str(), &case.thing) {
        ("logout", Thing::Words(token)) => Some(world.app.with_token(token)),
        _ => None,
    };
    let client = own_token.as_ref().unwrap_or(&world.callers[case.cell.caller.as_str()].client);
    let method = case.operation.method();
    match ask::body(&case.cell, &case.thing, world) {
        Sent::Nothing => client.send(method, &place, &[], None).await,
        Sent::Json(body) => client.send(method, &place, &[], Some(body)).await,
        Sent::Csv(text) => client.raw(method, &place, &[("content-type", "text/csv")], text.into()).await,
        Sent::File { visibility } => client.upload_to(&place, "contoh.txt", "Isi berkas.", &visibility).await,
    }
}

/// What was answered and stands not in the document.
fn undocumented(replies: &[(&Case, Reply)]) -> BTreeSet<String> {
    let unknown = |(case, reply): &&(&Case, Reply)| !case.operation.statuses.contains(&reply.status.to_string());
    let told = |(case, reply): &(&Case, Reply)| {
        format!("{} answers {}, which the document does not tell", case.operation.id, reply.status)
    };
    replies.iter().filter(unknown).map(told).collect()
}

/// A refusal of what the caller may not know of must equal, byte for byte, the refusal of what is not there.
fn told_apart(replies: &[(&Case, Reply)]) -> Vec<String> {
    let mut nothing: BTreeMap<(&str, &str), (u16, String)> = BTreeMap::new();
    for (case, reply) in replies {
        if Some(case.cell.object.as_str()) == case.operation.nothing() {
            nothing.insert((&case.cell.operation, &case.cell.caller), (reply.status, bytes(reply)));
        }
    }
    let mut faults = Vec::new();
    for (case, reply) in replies {
        let Some((status, absent)) = nothing.get(&(case.cell.operation.as_str(), case.cell.caller.as_str())) else {
            continue;
        };
        let hidden = reply.status == 404 || (case.operation.id == "openTicket" && case.cell.object != "self");
        if hidden && reply.status == *status && bytes(reply) != *absent {
            let Cell { operation, caller, object } = &case.cell;
            faults
                .push(format!("{operation} {caller} {object} is told from an absent one:\n{}\n{absent}", bytes(reply)));
        }
    }
    faults
}

/// All of an answer that a client can compare.
fn bytes(reply: &Reply) -> String {
    format!("{}\n{}\n\n{}", reply.status, reply.head(), reply.text)
}

// P2
#[test]
fn every_operation_of_the_document_stands_in_the_matrix_and_every_row_is_an_operation() {
    let named: BTreeSet<String> = matrix().cells.into_keys().map(|c| c.operation).collect();
    let known: BTreeSet<String> = ask::operations().iter().flat_map(Operation::names).collect();
    assert_eq!(named, known);
}
