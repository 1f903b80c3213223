//! Role × action × relation as one table, so that a change of rights is a visible diff.

use sigap::access::policy::{Action, Desk, Facts, TicketFacts, Verdict, decide};
use sigap::access::{Actor, Grant, Role};
use sigap::db::Id;
use std::fmt::Write;
use uuid::Uuid;

const HERE: u128 = 1;
const AWAY: u128 = 2;
const OPD: u128 = 11;
const OTHER_OPD: u128 = 12;
const ME: u128 = 21;
const SOMEBODY: u128 = 22;

fn id(n: u128) -> Id {
    Id(Uuid::from_u128(n))
}

fn actor(region: Option<u128>, roles: &[(Role, Option<u128>)]) -> Actor {
    let grant = |(role, opd): &(Role, Option<u128>)| Grant { role: *role, region: region.map(id), opd: opd.map(id) };
    let grants = roles.iter().map(grant).collect();
    Actor { person: Some(id(ME)), region: region.map(id), grants, ..Actor::anonymous() }
}

fn actors() -> Vec<(&'static str, Actor)> {
    use Role::{Admin, Auditor, Coordinator, Operator, Requester, Tier1, Tier2};
    let here = |roles: &[(Role, Option<u128>)]| actor(Some(HERE), roles);
    let away = |role, opd| actor(Some(AWAY), &[(role, opd)]);
    vec![
        ("anonymous", Actor::anonymous()),
        (
            "no person, every role",
            Actor { person: None, ..here(&[(Coordinator, None), (Auditor, None), (Tier2, None)]) },
        ),
        ("the program's timer", Actor::timer(id(HERE))),
        ("no role", here(&[])),
        ("requester of the OPD", here(&[(Requester, Some(OPD))])),
        ("requester of another OPD", here(&[(Requester, Some(OTHER_OPD))])),
        ("tier1 of the OPD", here(&[(Tier1, Some(OPD))])),
        ("tier1 of another OPD", here(&[(Tier1, Some(OTHER_OPD))])),
        ("tier1 of both", here(&[(Tier1, Some(OTHER_OPD)), (Tier1, Some(OPD))])),
        ("tier2", here(&[(Tier2, None)])),
        ("coordinator", here(&[(Coordinator, None)])),
        ("auditor", here(&[(Auditor, None)])),
        ("admin", here(&[(Admin, None)])),
        ("operator", actor(None, &[(Operator, None)])),
        ("no role, no region", actor(None, &[])),
        ("admin of no region", actor(None, &[(Admin, None)])),
        ("away: the program's timer", Actor::timer(id(AWAY))),
        ("away: requester", away(Requester, Some(OPD))),
        ("away: tier1", away(Tier1, Some(OPD))),
        ("away: tier2", away(Tier2, None)),
        ("away: coordinator", away(Coordinator, None)),
        ("away: auditor", away(Auditor, None)),
        ("away: admin", away(Admin, None)),
    ]
}

fn tickets() -> Vec<(&'static str, TicketFacts)> {
    let open = TicketFacts {
        region: id(HERE),
        opd: id(OPD),
        requester: id(SOMEBODY),
        assignee: None,
        tier: 1,
        reached_tier2: false,
        consulted: false,
        secret: false,
        fresh: false,
    };
    let at2 = TicketFacts { tier: 2, reached_tier2: true, ..open };
    let secret = TicketFacts { secret: true, ..open };
    vec![
        ("new, tier 1", TicketFacts { fresh: true, ..open }),
        ("tier 1", open),
        ("tier 2", at2),
        ("back from 2", TicketFacts { tier: 1, ..at2 }),
        ("consulted", TicketFacts { consulted: true, ..open }),
        ("secret, tier 1", secret),
        ("secret, tier 2", TicketFacts { secret: true, ..at2 }),
        ("secret, back", TicketFacts { secret: true, tier: 1, ..at2 }),
        ("secret, consulted", TicketFacts { consulted: true, ..secret }),
    ]
}

/// Relations that only matter for some: his own, and his work.
fn relations(t: TicketFacts) -> [(&'static str, TicketFacts); 4] {
    [
        ("", t),
        (" own", TicketFacts { requester: id(ME), ..t }),
        (" own new", TicketFacts { requester: id(ME), fresh: true, ..t }),
        (" assigned", TicketFacts { assignee: Some(id(ME)), ..t }),
    ]
}

/// What is no ticket.
fn others() -> Vec<(String, Facts)> {
    let opening = |region, opd, own| Facts::Opening { region: id(region), opd: id(opd), own };
    let mut all = vec![
        ("open for himself".to_owned(), opening(HERE, OPD, true)),
        ("open for a colleague".to_owned(), opening(HERE, OPD, false)),
        ("open in another OPD".to_owned(), opening(HERE, 13, true)),
        ("open for the region next door".to_owned(), opening(3, OPD, true)),
        ("the region".to_owned(), Facts::Region(id(HERE))),
        ("the platform".to_owned(), Facts::Platform),
    ];
    let tool = |owner, desk| Facts::Tool { region: id(HERE), owner: id(owner), desk };
    for (whose, owner) in [("his", ME), ("somebody's", SOMEBODY)] {
        for (shared, desk) in [("own", Desk::Own), ("tier 1", Desk::Tier1(id(OPD))), ("tier 2", Desk::Tier2)] {
            all.push((format!("{whose} tool, {shared}"), tool(owner, desk)));
        }
    }
    for role in Role::ALL {
        let person =
            |region: Option<u128>, person| Facts::Person { region: region.map(id), person: id(person), role: *role };
        all.push((format!("himself as {role}"), person(Some(HERE), ME)));
        all.push((format!("{role} of the region"), person(Some(HERE), SOMEBODY)));
        all.push((format!("{role} of no region"), person(None, SOMEBODY)));
    }
    all.push((
        "himself, of no region".to_owned(),
        Facts::Person { region: None, person: id(ME), role: Role::Operator },
    ));
    all
}

fn header(left: usize) -> String {
    let names: Vec<String> = Action::ALL.iter().map(|a| format!("{a:?}")).collect();
    let height = names.iter().map(String::len).max().unwrap_or(0);
    let mut text = String::new();
    for line in 0..height {
        let letters = names.iter().map(|n| n.chars().rev().nth(height - 1 - line).unwrap_or(' '));
        let row: String = letters.flat_map(|c| [' ', c]).collect();
        let _ = writeln!(text, "{:left$}{}", "", row.trim_end());
    }
    text
}

fn marks(actor: &Actor, facts: &Facts) -> String {
    let mark = |action: &Action| match decide(actor, *action, facts) {
        Verdict::Yes => " y",
        Verdict::No => " .",
        Verdict::Unseen => " -",
    };
    Action::ALL.iter().map(mark).collect()
}

/// One line for each actor and relation; those in which nothing is seen stand in one line together.
#[test]
fn who_may_do_what_is_this_table() {
    let left = 62;
    let mut table = format!("y may, . 403, - 404\n{}", header(left));
    for (who, actor) in actors() {
        let mut unseen: Vec<String> = Vec::new();
        for (what, ticket) in tickets() {
            for (relation, facts) in relations(ticket) {
                let marks = marks(&actor, &Facts::Ticket(facts));
                let what = format!("{what}{relation}");
                if marks.contains('y') || marks.contains('.') {
                    let _ = writeln!(table, "{:left$}{marks}", format!("{who} | {what}"));
                } else {
                    unseen.push(what);
                }
            }
        }
        let _ = writeln!(table, "{who} | unseen: {}", if unseen.is_empty() { "-".into() } else { unseen.join("; ") });
    }
    for (who, actor) in actors() {
        for (what, facts) in others() {
            let _ = writeln!(table, "{:left$}{}", format!("{who} | {what}"), marks(&actor, &facts));
        }
    }
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("policy", table));
}
