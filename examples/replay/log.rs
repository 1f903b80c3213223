//! Reads the incident log: one CSV row per event, gzipped, the rows of a ticket together and in order.

use flate2::read::GzDecoder;
use std::fs::File;
use std::path::Path;

/// What an event of the log does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// The ticket comes into being.
    Open,
    /// A group takes it for the first time, or after it had none.
    AssignGroup,
    /// A person takes it.
    Assign,
    /// Work begins.
    Start,
    /// Something was written or changed.
    Update,
    /// It moves from one group to another.
    ReassignGroup,
    /// It waits, for this.
    Pending(Wait),
    /// The wait is over.
    Resume,
    /// Solved.
    Resolve,
    /// Solved in vain.
    Reopen,
    /// Impact, urgency or priority changed.
    Reprioritise,
    /// Finished.
    Close,
}

/// What a ticket of the log waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wait {
    /// The one who reported it.
    UserInfo,
    /// A supplier.
    Vendor,
    /// The cause, which others look into.
    Problem,
    /// A proof.
    Evidence,
}

/// State of a ticket after an event, as the log has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nobody works on it.
    New,
    /// Somebody does.
    Active,
    /// It waits.
    Awaiting(Wait),
    /// Solved.
    Resolved,
    /// Finished.
    Closed,
    /// The log does not know ("-100").
    Unknown,
}

/// One event.
#[derive(Debug, Clone)]
pub struct Row {
    /// Number within the ticket.
    pub seq: u32,
    /// Minute of the event.
    pub at: String,
    /// What happened.
    pub verb: Verb,
    /// State that the row's snapshot leads to.
    pub to_state: State,
    /// Raw states, which with `at` tell snapshots apart.
    pub states: (String, String),
    /// Group after the event, or "".
    pub group: String,
    /// Person after the event, or "".
    pub assignee: String,
    /// 1 (high) to 3 (low).
    pub impact: u8,
    /// 1 (high) to 3 (low).
    pub urgency: u8,
    /// How it was reported.
    pub channel: String,
    /// What it is about, or "".
    pub category: String,
}

/// One ticket of the log with its events.
#[derive(Debug, Clone)]
pub struct Incident {
    /// Its name in the log.
    pub name: String,
    /// Its events in order; the first is [`Verb::Open`].
    pub rows: Vec<Row>,
}

impl Incident {
    /// State in which the log leaves it.
    pub fn last_state(&self) -> State {
        self.rows.last().map_or(State::Unknown, |row| row.to_state)
    }

    /// Rows that were written in one go: same states, same minute (or the opening, which spreads over several).
    /// Only at the end of such a group does the log's state hold.
    pub fn snapshots(&self) -> impl Iterator<Item = &[Row]> {
        self.rows.chunk_by(|a, b| a.states == b.states && (a.at == b.at || a.states.0.is_empty()))
    }
}

/// The first `limit` tickets of the log.
pub fn read(path: &Path, limit: usize) -> Result<Vec<Incident>, String> {
    let file = File::open(path).map_err(|e| format!("can't open the log {}: {e}", path.display()))?;
    let mut reader = csv::Reader::from_reader(GzDecoder::new(file));
    let headers = reader.headers().map_err(|e| format!("can't read the log: {e}"))?.clone();
    let mut incidents: Vec<Incident> = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| format!("can't read the log: {e}"))?;
        let field = |name: &str| {
            headers.iter().position(|h| h == name).and_then(|i| record.get(i)).ok_or(format!("no column {name}"))
        };
        let name = field("ticket")?;
        if incidents.last().is_none_or(|i| i.name != name) {
            if incidents.len() == limit {
                break;
            }
            incidents.push(Incident { name: name.to_owned(), rows: Vec::new() });
        }
        if let Some(incident) = incidents.last_mut() {
            incident.rows.push(row(field).map_err(|e| format!("{name}: {e}"))?);
        }
    }
    Ok(incidents)
}

fn row<'a>(field: impl Fn(&str) -> Result<&'a str, String>) -> Result<Row, String> {
    let number = |name: &str| field(name)?.parse::<u32>().map_err(|e| format!("{name}: {e}"));
    let level = |name: &str| field(name)?.parse::<u8>().map_err(|e| format!("{name}: {e}"));
    let to_state = field("to_state")?;
    Ok(Row {
        seq: number("seq")?,
        at: field("ts")?.to_owned(),
        verb: verb(field("verb")?)?,
        to_state: state(to_state)?,
        states: (field("from_state")?.to_owned(), to_state.to_owned()),
        group: field("to_group")?.to_owned(),
        assignee: field("assignee")?.to_owned(),
        impact: level("impact")?,
        urgency: level("urgency")?,
        channel: field("channel")?.to_owned(),
        category: field("category")?.to_owned(),
    })
}

fn verb(text: &str) -> Result<Verb, String> {
    Ok(match text {
        "open" => Verb::Open,
        "assign_group" => Verb::AssignGroup,
        "assign" => Verb::Assign,
        "start" => Verb::Start,
        "update" => Verb::Update,
        "reassign_group" => Verb::ReassignGroup,
        "pending:user_info" => Verb::Pending(Wait::UserInfo),
        "pending:vendor" => Verb::Pending(Wait::Vendor),
        "pending:problem" => Verb::Pending(Wait::Problem),
        "pending:evidence" => Verb::Pending(Wait::Evidence),
        "resume" => Verb::Resume,
        "resolve" => Verb::Resolve,
        "reopen" => Verb::Reopen,
        "reprioritise" => Verb::Reprioritise,
        "close" => Verb::Close,
        _ => return Err(format!("unknown verb {text}")),
    })
}

fn state(text: &str) -> Result<State, String> {
    Ok(match text {
        "New" => State::New,
        "Active" => State::Active,
        "Awaiting User Info" => State::Awaiting(Wait::UserInfo),
        "Awaiting Vendor" => State::Awaiting(Wait::Vendor),
        "Awaiting Problem" => State::Awaiting(Wait::Problem),
        "Awaiting Evidence" => State::Awaiting(Wait::Evidence),
        "Resolved" => State::Resolved,
        "Closed" => State::Closed,
        "-100" => State::Unknown,
        _ => return Err(format!("unknown state {text}")),
    })
}
