//! The state machine against a model that knows nothing of the program: only the contract's table and who sees what.
//! `SIGAP_TEST_SEQUENCES=1000` runs more of them.

use crate::support::desk::Cast;
use crate::support::{Client, Reply, TestApp};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Requester,
    OneA,
    OneB,
    TwoA,
    TwoB,
    Coordinator,
    Auditor,
    Outsider,
}
use Who::{Auditor, Coordinator, OneA, OneB, Outsider, Requester, TwoA, TwoB};

const EVERYBODY: [Who; 8] = [Requester, OneA, OneB, TwoA, TwoB, Coordinator, Auditor, Outsider];
const ACTIONS: [&str; 15] = [
    "assign", "start", "escalate", "return", "consult", "remind", "pend", "resume", "resolve", "close", "reopen",
    "cancel", "public", "internal", "edit",
];

type Step = (Who, &'static str, Who);

#[derive(Debug, Clone, PartialEq)]
struct Model {
    status: &'static str,
    tier: i64,
    assignee: Option<Who>,
    version: i64,
    secret: bool,
    edited: bool,
    reached2: bool,
    consulted: bool,
    unaccepted: bool,
    escalated_by: Option<Who>,
}

impl Model {
    fn desk(&self, who: Who) -> bool {
        if self.tier == 1 { [OneA, OneB].contains(&who) } else { [TwoA, TwoB].contains(&who) }
    }

    fn sees(&self, who: Who) -> bool {
        match who {
            Requester | Coordinator => true,
            OneA | OneB => !self.secret || self.tier == 1,
            TwoA | TwoB if self.secret => self.tier == 2,
            TwoA | TwoB => self.reached2 || self.consulted,
            Auditor => !self.secret,
            Outsider => false,
        }
    }

    fn may(&self, who: Who, action: &str) -> bool {
        let (one, two) = ([OneA, OneB].contains(&who), [TwoA, TwoB].contains(&who));
        let (desk, chief, own) = (self.desk(who), who == Coordinator, who == Requester);
        match action {
            "assign" => desk || chief,
            "start" | "pend" | "resume" | "resolve" => desk,
            "escalate" => one || chief,
            "return" => two || chief,
            "consult" => one,
            "remind" => chief,
            "close" => own || chief,
            "reopen" => own || desk,
            "cancel" | "edit" => desk || chief || (own && self.status == "new"),
            "public" => one || two || chief || own,
            "internal" => one || two || chief,
            _ => false,
        }
    }

    /// The status code, and the ticket as it is then.
    fn after(&self, (who, action, whom): Step) -> (u16, Self) {
        let same = self.clone();
        if !self.sees(who) {
            return (404, same);
        }
        if !self.may(who, action) {
            return (403, same);
        }
        let open = ["new", "in_progress", "pending"].contains(&self.status);
        let possible = match action {
            "start" => self.status == "new" || (open && self.tier == 2 && self.unaccepted),
            "escalate" => open && self.tier == 1,
            "consult" => open && self.tier == 1 && !self.secret,
            "return" => open && self.tier == 2,
            "resume" => self.status == "pending",
            "close" => self.status == "resolved",
            "reopen" => self.status == "resolved" || self.status == "closed",
            "public" | "internal" => self.status != "closed" && self.status != "cancelled",
            _ => open,
        };
        if !possible {
            return (409, same);
        }
        if action == "assign" && !self.desk(whom) {
            return (422, same);
        }
        let mut next = Self { version: self.version + 1, ..same };
        match action {
            "assign" if self.assignee == Some(whom) => next.version = self.version,
            "assign" => next.assignee = Some(whom),
            "start" => {
                next.status = "in_progress";
                next.assignee = self.assignee.or(Some(who));
                next.unaccepted = false;
            }
            "escalate" => {
                next =
                    Self { tier: 2, assignee: None, reached2: true, unaccepted: true, escalated_by: Some(who), ..next };
                next.status = if self.status == "new" { "new" } else { "in_progress" };
            }
            "return" => {
                let back = self.escalated_by.filter(|w| [OneA, OneB].contains(w));
                next = Self { tier: 1, status: "in_progress", assignee: back, unaccepted: false, ..next };
            }
            "consult" => next = Self { consulted: true, version: self.version, ..next },
            "pend" if self.status == "pending" => next.version = self.version,
            "pend" => next.status = "pending",
            "resume" | "reopen" => next.status = "in_progress",
            "resolve" => {
                next = Self { status: "resolved", unaccepted: false, ..next };
            }
            "close" => next.status = "closed",
            "cancel" => next = Self { status: "cancelled", unaccepted: false, ..next },
            "public" if who == Requester && self.status == "pending" => next.status = "in_progress",
            "internal" | "remind" => next.version = self.version,
            // The same value again changes nothing.
            "edit" if self.edited => next.version = self.version,
            "edit" => next.edited = true,
            _ => {}
        }
        (if ["public", "internal"].contains(&action) { 201 } else { 200 }, next)
    }
}

struct Stage {
    cast: Cast,
    ids: Vec<String>,
}

impl Stage {
    async fn new() -> Self {
        let cast = Cast::on(TestApp::new().await).await;
        cast.give(&cast.neighbour.id().await, "tier1", Some("dinkes")).await;
        let mut stage = Self { cast, ids: Vec::new() };
        for who in EVERYBODY {
            let id = stage.client(who).id().await;
            stage.ids.push(id);
        }
        stage
    }

    fn client(&self, who: Who) -> &Client {
        match who {
            Requester => &self.cast.requester,
            OneA => &self.cast.tier1,
            OneB => &self.cast.neighbour,
            TwoA => &self.cast.tier2,
            TwoB => &self.cast.second,
            Coordinator => &self.cast.coordinator,
            Auditor => &self.cast.auditor,
            Outsider => &self.cast.outsider,
        }
    }

    fn id(&self, who: Who) -> &str {
        &self.ids[EVERYBODY.iter().position(|w| *w == who).unwrap()]
    }

    async fn does(&self, ticket: &Value, (who, action, whom): Step) -> Reply {
        let client = self.client(who);
        match action {
            "assign" => client.assign(ticket, self.id(whom)).await,
            "edit" => client.edit(ticket, json!({ "impact": "low" })).await,
            other => client.does(ticket, other).await,
        }
    }

    async fn plays(&self, direct: bool, secret: bool, steps: &[Step]) {
        let body = json!({
            "service": if direct { "internet" } else { "simpeg" },
            "classification": if secret { "secret" } else { "open" },
        });
        let ticket = self.cast.requester.open_with(body).await.created();
        let mut model = Model {
            status: "new",
            tier: if direct { 2 } else { 1 },
            assignee: None,
            version: 1,
            secret,
            edited: false,
            reached2: direct,
            consulted: false,
            unaccepted: false,
            escalated_by: None,
        };
        for step in steps {
            let (status, next) = model.after(*step);
            let reply = self.does(&ticket, *step).await;
            assert_eq!(reply.status, status, "{step:?} on {model:?}: {}", reply.text);
            let now = self.cast.coordinator.see(&ticket).await.ok();
            let got =
                (now["status"].as_str(), now["tier"].as_i64(), now["assignee"]["id"].as_str(), now["version"].as_i64());
            let assignee = next.assignee.map(|who| self.id(who));
            assert_eq!(
                got,
                (Some(next.status), Some(next.tier), assignee, Some(next.version)),
                "{step:?} on {model:?}"
            );
            model = next;
        }
        for who in EVERYBODY {
            assert_eq!(self.client(who).see(&ticket).await.status, if model.sees(who) { 200 } else { 404 }, "{who:?}");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long to look is the tester's choice")]
fn sequences() -> u32 {
    std::env::var("SIGAP_TEST_SEQUENCES").ok().and_then(|n| n.parse().ok()).unwrap_or(64)
}

// L1, L5, L6, L7, L9, L13
#[test]
fn whatever_people_do_the_ticket_is_where_the_contract_says() {
    let system = actix_web::rt::System::new();
    let stage = system.block_on(Stage::new());
    let who = || select(&EVERYBODY[..]);
    let steps = vec((who(), select(&ACTIONS[..]), who()), 20);
    let config = Config { cases: sequences(), failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    // The same sequences every day; another number of them looks elsewhere.
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[u8::try_from(sequences() % 251).unwrap(); 32]);
    let story = (any::<bool>(), select(&[false, false, true][..]), steps)
        .prop_map(|(direct, secret, steps)| (direct, secret, steps));
    let outcome = TestRunner::new_with_rng(config, rng).run(&story, |(direct, secret, steps)| {
        system.block_on(stage.plays(direct, secret, &steps));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
