//! A ticket as a line of a list, and how a deadline looks wherever it stands.

use super::frame::Frame;
use crate::catalog::words::Priority;
use crate::db::{Id, Ts};
use crate::say;
use crate::sla::view::{ClockState, ClockView, SlaView};
use crate::sla::{Basis, Metric, Outcome};
use crate::ticket::list::Risk;
use crate::ticket::present::Presented;
use crate::ticket::{PendingReason, Status};

/// How a deadline looks: never by colour alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Class of the style: `late`, `soon`, `fine`, `still`, `done`.
    pub look: &'static str,
    /// A shape that says the same.
    pub shape: &'static str,
    /// "sisa 3 jam 20 menit".
    pub left: String,
    /// "hari ini 14.30".
    pub at: String,
}

/// Look and shape of a deadline that is near.
const SOON: (&str, &str) = ("soon", "◆");

/// A line of a list.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id.
    pub id: Id,
    /// The version that the page shows.
    pub version: i32,
    /// Its number.
    pub number: String,
    /// Where its page is.
    pub place: String,
    /// One line.
    pub subject: String,
    /// Name of the organisation.
    pub opd: String,
    /// Whose trouble it is.
    pub requester: String,
    /// Who works on it.
    pub assignee: Option<String>,
    /// Status.
    pub status: Status,
    /// Priority.
    pub priority: Priority,
    /// At which desk it lies.
    pub tier: i32,
    /// The deadline that comes first.
    pub due: Option<Due>,
    /// In plain words for its requester.
    pub plain: String,
    /// When it was opened.
    pub opened: Ts,
    /// Something of what is done to many at once may be done to it; the queue says so.
    pub can_mark: bool,
    /// The reader's desk was asked for advice and has not answered; the queue says so.
    pub is_asked: bool,
}

impl Row {
    /// A ticket as a line of a page.
    #[must_use]
    pub fn new(p: Presented, frame: &Frame) -> Self {
        let due = p.sla.as_ref().and_then(|sla| due(sla, p.ticket.pending_until, frame));
        let plain = plain(&p, frame);
        Self {
            id: p.ticket.id,
            version: p.ticket.version,
            place: format!("/tickets/{}", p.ticket.number),
            number: p.ticket.number,
            subject: p.ticket.subject,
            opd: p.opd.1,
            requester: p.requester.map(|r| r.name).unwrap_or_default(),
            assignee: p.assignee.map(|a| a.name),
            status: p.ticket.status,
            priority: p.ticket.priority,
            tier: p.ticket.tier,
            due,
            plain,
            opened: p.ticket.created_at,
            can_mark: false,
            is_asked: false,
        }
    }

    /// A ticket as a line of a list of those that stand so to their deadlines: with the one for which it stands there.
    #[must_use]
    pub fn of_risk(risk: Option<Risk>, p: Presented, frame: &Frame) -> Self {
        let why = p.sla.as_ref().and_then(|sla| match risk? {
            // Of one that is overdue the miss that still goes on is the one that counts.
            Risk::Breached | Risk::Overdue => missed(sla, frame),
            Risk::AtRisk => near(sla, p.ticket.pending_until, frame),
        });
        let row = Self::new(p, frame);
        Self { due: why.or(row.due), ..row }
    }
}

/// The miss that counts, by its name: the one that still goes on, else the one that ended too late, perhaps in an earlier
/// cycle.
fn missed(sla: &SlaView, frame: &Frame) -> Option<Due> {
    let all = sla.clocks.iter().chain(&sla.missed_before);
    let missed = all.filter(|clock| clock.state == ClockState::Missed && !clock.waived);
    let clock = missed.min_by_key(|clock| (clock.stopped_at.is_some(), clock.due_at))?;
    Some(named(clock, None, frame))
}

/// The deadline that is near, by its name: of a clock that counts rather than of one that waits.
fn near(sla: &SlaView, until: Option<Ts>, frame: &Frame) -> Option<Due> {
    let near = sla.clocks.iter().filter(|clock| is_near(clock, frame.now));
    let clock = near.min_by_key(|clock| (clock.state == ClockState::Paused, clock.due_at.is_none(), clock.due_at))?;
    Some(named(clock, until, frame))
}

fn named(clock: &ClockView, until: Option<Ts>, frame: &Frame) -> Due {
    let due = of_clock(clock, until, frame);
    Due { left: format!("{}: {}", frame.say(&clock.metric.named(&frame.terms.tier2)), due.left), ..due }
}

/// It has not stopped and has reached its first level; a waived one counts for nothing.
fn is_near(clock: &ClockView, now: Ts) -> bool {
    clock.stopped_at.is_none() && !clock.waived && clock.risk_at.is_some_and(|at| at <= now)
}

/// The deadline that comes first among the clocks that go on, of a ticket that waits `until` an instant; a waived one counts
/// for nothing, and shows that only where no other goes on. It looks near if any is: what is listed as at risk is told so.
#[must_use]
pub fn due(sla: &SlaView, until: Option<Ts>, frame: &Frame) -> Option<Due> {
    let open = sla.clocks.iter().filter(|c| c.stopped_at.is_none());
    let first = open.min_by_key(|c| (c.waived, c.due_at.is_none(), c.due_at))?;
    let due = of_clock(first, until, frame);
    let any_near = first.state == ClockState::Running && sla.clocks.iter().any(|clock| is_near(clock, frame.now));
    Some(if any_near { Due { look: SOON.0, shape: SOON.1, ..due } } else { due })
}

/// How a clock of a ticket stands that waits `until` an instant, if that is agreed. While it stands still no date is its
/// deadline, and once it has stopped its deadline is not the instant that counts.
#[must_use]
pub fn of_clock(clock: &ClockView, until: Option<Ts>, frame: &Frame) -> Due {
    let left = clock.target_seconds - clock.elapsed_seconds;
    let moment = |at: Option<Ts>| at.map(|at| frame.moment(at)).unwrap_or_default();
    let at = match (clock.state, until) {
        _ if clock.stopped_at.is_some() && clock.due_at.is_some() => {
            frame.say(&say!("web.due.stopped", at = moment(clock.stopped_at), due = moment(clock.due_at)))
        }
        (ClockState::Paused, Some(until)) => frame.say(&say!("web.due.waits", at = frame.moment(until))),
        (ClockState::Paused, None) if clock.if_now && clock.due_at.is_some() => {
            frame.say(&say!("web.due.if_now", at = moment(clock.due_at)))
        }
        _ => moment(clock.due_at),
    };
    // 24 working hours are three days: never told as a day and a night.
    let time = |seconds: i64| match (frame.length(seconds), clock.basis) {
        (time, Basis::Calendar) => frame.say(&say!("web.due.working", time = time)),
        (time, Basis::RoundTheClock) => time,
    };
    // Nobody can be late with it any more.
    if clock.waived && clock.stopped_at.is_none() {
        return Due { look: "done", shape: "–", left: frame.t("web.ticket.waived"), at: String::new() };
    }
    if clock.outcome == Some(Outcome::Cancelled) {
        // Neither in time nor too late, and nothing is due any more.
        return Due { look: "still", shape: "■", left: frame.t("web.due.cancelled"), at: String::new() };
    }
    let (look, shape, left) = match (clock.stopped_at, clock.state) {
        (Some(_), ClockState::Missed) => ("late", "✕", frame.t("web.due.missed")),
        (Some(_), _) => ("done", "✓", frame.t("web.due.met")),
        (None, ClockState::Missed) => ("late", "▲", frame.say(&say!("web.due.over", time = time(left.abs())))),
        (None, ClockState::Paused) => ("still", "❚❚", frame.say(&say!("web.due.paused", time = time(left.max(0))))),
        (None, _) if is_near(clock, frame.now) => {
            (SOON.0, SOON.1, frame.say(&say!("web.due.left", time = time(left.max(0)))))
        }
        (None, _) => ("fine", "●", frame.say(&say!("web.due.left", time = time(left.max(0))))),
    };
    Due { look, shape, left, at }
}

/// Who does what, and until when; its requester is told what is his to do, anybody else that it is his.
#[must_use]
pub fn plain(p: &Presented, frame: &Frame) -> String {
    let is_own = p.ticket.requester_id == frame.me;
    let requester = || p.requester.as_ref().map(|r| r.name.clone()).unwrap_or_default();
    let who = p.assignee.as_ref().map_or_else(|| frame.desk(p.ticket.tier), |a| a.name.clone());
    let until = p.ticket.pending_until.map(|at| frame.moment(at));
    let resolution = p.sla.iter().flat_map(|s| &s.clocks).find(|c| c.metric == Metric::Resolution);
    let promise = resolution.filter(|c| c.stopped_at.is_none() && !c.waived).and_then(|c| c.due_at);
    let promise = promise.map(|at| (frame.moment(at), at > frame.now));
    // What was begun and lies in nobody's hands, as after it was handed on, waits for somebody to begin.
    let status = match p.ticket.status {
        Status::InProgress if p.ticket.assignee_id.is_none() => Status::New,
        status => status,
    };
    let say = match (status, promise) {
        (Status::New, Some((at, true))) => say!("web.plain.new_until", who = who, at = at),
        (Status::New, Some((at, false))) => say!("web.plain.new_late", who = who, at = at),
        (Status::New, None) => say!("web.plain.new", who = who),
        (Status::InProgress, Some((at, true))) => say!("web.plain.working_until", who = who, at = at),
        (Status::InProgress, Some((at, false))) => say!("web.plain.working_late", who = who, at = at),
        (Status::InProgress, None) => say!("web.plain.working", who = who),
        (Status::Pending, _) => match p.ticket.pending_reason {
            Some(PendingReason::Requester) | None if is_own => match until {
                Some(at) => say!("web.plain.asks_until", who = who, at = at),
                None => say!("web.plain.asks", who = who),
            },
            Some(PendingReason::Requester) | None => match until {
                Some(at) => say!("web.plain.asked_until", requester = requester(), at = at),
                None => say!("web.plain.asked", requester = requester()),
            },
            Some(PendingReason::Vendor) => match until {
                Some(at) => say!("web.plain.vendor_until", at = at),
                None => say!("web.plain.vendor"),
            },
            Some(PendingReason::Scheduled) => match until {
                Some(at) => say!("web.plain.scheduled_at", at = at),
                None => say!("web.plain.scheduled"),
            },
        },
        (Status::Resolved, _) if is_own => say!("web.plain.resolved"),
        (Status::Resolved, _) => say!("web.plain.solved", requester = requester()),
        (Status::Closed, _) => say!("web.plain.closed"),
        (Status::Cancelled, _) => say!("web.plain.cancelled"),
    };
    frame.say(&say)
}
