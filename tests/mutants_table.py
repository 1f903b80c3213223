"""The mutants of `tests/mutants.py`: (name, file below src/, exact old text, new text, what it takes away).

Old and new are both whole expressions or both whole statements, unless they stand in a query or in the policy, of
which each mutant gets a copy of its own. An old text that is gone, or stands elsewhere too, stops the run; a triple
(text, n, of) is the n-th of so many. Left out, because nothing could tell them from the original: the scope in `find::read`, which
`access::check` asks again; `is_not_null` and `is_some` beside an equality; the region beside the OPDs of a directory;
`seen_by!` where one tool is found, of which `access::check` asks again; the words of a secret ticket that
`ticket/mails.rs` does not freeze, for `mail/letter.rs` would not write them either; the ticket of a waiver, whose clock must be
the ticket's own anyway.
"""

import re

POLICY = "access/policy.rs"
SCOPE = "ticket/scope.rs"
DIRECTORY = "org/directory.rs"

SAW_TIER1 = "Read | ReadInternal | CommentPublic | CommentInternal | Watch | AddWatcher | Link => true,\n            // At"
SAW_TIER2 = "Read | ReadInternal | CommentPublic | CommentInternal | Watch | AddWatcher | Link => true,\n            Return"
DESK1 = "Assign | Start | Pend | Resume | Resolve | Reopen | Cancel | Edit => t.tier == 1"
DESK2 = "Assign | Start | Pend | Resume | Resolve | Reopen | Cancel | Edit => t.tier == 2"
REQUESTER = "Read | CommentPublic | Close | Reopen | Watch => true"
COORDINATOR = """Read | ReadInternal
                | CommentPublic
                | CommentInternal
                | Watch
                | AddWatcher
                | Link
                | Assign
                | Escalate
                | Return
                | Close
                | Cancel
                | Edit
                | Remind
                | DecideWaiver
                | ReportIncident
        )"""
WAIVER1 = "AskWaiver | ReportIncident => t.tier == 1"
WAIVER2 = "AskWaiver | ReportIncident => t.tier == 2"
TIMER = "KeepTime | Resume | Close | Escalate | Edit),"
ADMIN = """Action::KeepOpds
                    | Action::KeepPeople
                    | Action::KeepServices
                    | Action::ReadCoverage
                    | Action::ReadAgreements
                    | Action::KeepAgreements
                    | Action::PreviewDeadline
                    | Action::ReadMails
                    | Action::KeepMails
                    | Action::ReadAudit
            )"""
COORDINATES = """matches!(
                action,
                Action::ReadCoverage | Action::ReadAgreements | Action::PreviewDeadline | Action::ReadUnreadable
            )"""
READS2 = "Role::Tier2 => matches!(action, Action::ReadAgreements | Action::ReadUnreadable),"
AUDITS = "matches!(action, Action::ReadCoverage | Action::ReadAgreements | Action::ReadMails | Action::ReadAudit)"
OWN_ACTS = "Role::Requester => action == Action::ReadAudit,"
NO_LOG = "Action::ReadAudit if !allowed => Verdict::Unseen,"
SEE_ALL = "Standing::Requester | Standing::Coordinator | Standing::Timer => true,"
KEEP_PEOPLE = "Action::KeepPeople | Action::IssueLink | Action::ResetFactor =>"
WORKS = "[Role::Tier1, Role::Tier2, Role::Coordinator]"
NOBODY_ELSE = "            _ => false,\n        },\n        Standing::"


def without(line, word, why):
    """`line` without one of its alternatives."""
    head, arrow, tail = line.partition(" => ") if " => " in line else line.partition("\n        )")
    words = [w.strip() for w in head.split("|")]
    assert word in words, (line, word)
    rest = [w for w in words if w != word]
    return (line, " | ".join(rest) + arrow + tail, f"{why}: no {word}")


def each(line, why):
    head = line.partition(" => ")[0] if " => " in line else line.partition("\n        )")[0]
    return [without(line, word.strip(), why) for word in head.split("|")]


def without_line(lines, word, why):
    """`lines`, one alternative each, without that of `word`."""
    rest = re.sub(rf"\s*\|\s*Action::{word}\b", "", lines) if f"| Action::{word}" in lines else re.sub(rf"Action::{word}\s*\|\s*", "", lines)
    assert rest != lines, word
    return (lines, rest, f"{why}: no {word}")


_policy = [
    ("if !standings.iter().any(|s| sees(*s, t)) {", "if false {", "unseen becomes 403"),
    ("if own && matches!(action, Action::ReadInternal | Action::CommentInternal) {", "if false {", "internal is for a requester of the desk too"),
    ("Action::ReadInternal | Action::CommentInternal)", "Action::CommentInternal)", "he reads what is internal"),
    ("Action::ReadInternal | Action::CommentInternal)", "Action::ReadInternal)", "he writes what is internal"),
    ("sees(*s, t) && may(*s, action, t)", "may(*s, action, t)", "a role that does not see may act"),
    ("actor.region != Some(t.region) || actor.person.is_none()", "actor.person.is_none()", "the region's border"),
    ("actor.region != Some(t.region) || actor.person.is_none()", "actor.region != Some(t.region)", "somebody acts"),
    ("if actor.person == Some(t.requester) {", "if true {", "everybody is the requester"),
    ("if actor.person == Some(t.requester) {", "if false {", "nobody is the requester"),
    ("desk && t.assignee.is_some() && actor.person == t.assignee", "t.assignee.is_some() && actor.person == t.assignee", "an assignee without a desk"),
    ("desk && t.assignee.is_some() && actor.person == t.assignee", "desk && t.assignee.is_some()", "everybody's assignment"),
    ("desk && t.assignee.is_some() && actor.person == t.assignee", "false", "no assignee"),
    ("let desk = actor.is(Role::Tier1) || actor.is(Role::Tier2);", "let desk = actor.is(Role::Tier2);", "Tier 1 is no desk"),
    ("let desk = actor.is(Role::Tier1) || actor.is(Role::Tier2);", "let desk = actor.is(Role::Tier1);", "Tier 2 is no desk"),
    ("Role::Tier1 if grant.opd == Some(t.opd) =>", "Role::Tier1 =>", "Tier 1 of any OPD"),
    ("Role::Tier1 if grant.opd == Some(t.opd) =>", "Role::Requester | Role::Tier1 if grant.opd == Some(t.opd) =>", "every member of the OPD is Tier 1"),
    ("Role::Tier1 if grant.opd == Some(t.opd) =>", "Role::Tier1 if false =>", "no Tier 1"),
    ("Role::Tier2 => standings.push(Standing::Tier2),", "Role::Tier2 => {}", "no Tier 2"),
    ("Role::Tier2 => standings.push(Standing::Tier2),", "Role::Tier1 | Role::Tier2 => standings.push(Standing::Tier2),", "Tier 1 is Tier 2"),
    ("Role::Coordinator => standings.push(Standing::Coordinator),", "Role::Coordinator => {}", "no coordinator"),
    ("Role::Coordinator => standings.push(Standing::Coordinator),", "Role::Admin | Role::Operator | Role::Coordinator => standings.push(Standing::Coordinator),", "the admin sees tickets"),
    ("Role::Auditor => standings.push(Standing::Auditor),", "Role::Auditor => {}", "no auditor"),
    ("Role::Auditor => standings.push(Standing::Auditor),", "Role::Auditor => standings.push(Standing::Coordinator),", "the auditor acts"),
    (SEE_ALL, "Standing::Requester | Standing::Timer => true, Standing::Coordinator => !t.secret,", "secret to the coordinator"),
    (SEE_ALL, "Standing::Requester => !t.secret, Standing::Coordinator | Standing::Timer => true,", "secret to its requester"),
    ("Standing::Assignee => t.secret,", "Standing::Assignee => true,", "an old assignment opens a ticket"),
    ("Standing::Assignee => t.secret,", "Standing::Assignee => false,", "secret to its assignee"),
    ("!t.secret || t.tier == 1", "true", "secret at tier 2 open to Tier 1"),
    ("!t.secret || t.tier == 1", "!t.secret", "secret at tier 1 closed to Tier 1"),
    ("!t.secret || t.tier == 1", "t.tier == 1", "Tier 1 loses what it handed over"),
    ("Standing::Tier2 if t.secret => t.tier == 2,", "Standing::Tier2 if t.secret => true,", "every secret open to Tier 2"),
    ("Standing::Tier2 if t.secret => t.tier == 2,", "Standing::Tier2 if t.secret => false,", "secret at tier 2 closed to Tier 2"),
    ("Standing::Tier2 if t.secret => t.tier == 2,", "", "secret is as open to Tier 2"),
    ("t.reached_tier2 || t.consulted", "true", "Tier 2 sees all"),
    ("t.reached_tier2 || t.consulted", "t.reached_tier2", "a consultation opens nothing"),
    ("t.reached_tier2 || t.consulted", "t.consulted", "a hand-over opens nothing"),
    ("Standing::Auditor => !t.secret,", "Standing::Auditor => true,", "secret open to the auditor"),
    *each(REQUESTER, "requester"),
    (REQUESTER, REQUESTER.replace("Read |", "Read | Resolve |"), "the requester resolves"),
    ("Edit | Cancel => t.fresh", "Edit | Cancel => true", "the requester takes back what was begun"),
    ("Edit | Cancel => t.fresh", "Edit | Cancel => false", "the requester takes back nothing"),
    ("Edit | Cancel => t.fresh", "Edit => t.fresh", "requester: no Cancel"),
    ("Edit | Cancel => t.fresh", "Cancel => t.fresh", "requester: no Edit"),
    ("Standing::Assignee => matches!(action, Read | ReadInternal)", "Standing::Assignee => matches!(action, Read)", "assignee: no ReadInternal"),
    ("Standing::Assignee => matches!(action, Read | ReadInternal)", "Standing::Assignee => matches!(action, Read | ReadInternal | CommentPublic)", "assignee comments"),
    *each(SAW_TIER1, "tier 1"),
    ("Escalate | Consult => true", "Escalate => true", "tier 1: no Consult"),
    ("Escalate | Consult => true", "Consult => true", "tier 1: no Escalate"),
    ("Escalate | Consult => true", "Escalate | Consult => t.tier == 1", "403 for 409"),
    *each(DESK1, "tier 1"),
    (DESK1, DESK1.replace("t.tier == 1", "true"), "Tier 1 works on at tier 2"),
    *each(SAW_TIER2, "tier 2"),
    ("Return => true", "Return => t.tier == 2", "403 for 409"),
    ("Return => true", "Return => false", "tier 2: no Return"),
    *each(DESK2, "tier 2"),
    (DESK2, DESK2.replace("t.tier == 2", "true"), "Tier 2 works at tier 1"),
    *each(COORDINATOR, "coordinator"),
    (COORDINATOR, COORDINATOR.replace("Read |", "Read | Resolve |"), "the coordinator resolves"),
    ("Standing::Auditor => matches!(action, Read | ReadInternal)", "Standing::Auditor => matches!(action, Read)", "auditor: no ReadInternal"),
    ("Standing::Auditor => matches!(action, Read | ReadInternal)", "Standing::Auditor => matches!(action, Read | ReadInternal | CommentInternal)", "the auditor writes"),
    (NOBODY_ELSE + "Assignee", NOBODY_ELSE.replace("false", "true") + "Assignee", "the requester may do the rest"),
    (NOBODY_ELSE + "Tier2 ", NOBODY_ELSE.replace("false", "true") + "Tier2 ", "Tier 1 may do the rest"),
    (NOBODY_ELSE + "Coordinator", NOBODY_ELSE.replace("false", "true") + "Coordinator", "Tier 2 may do the rest"),
    ("action != Action::Open || actor.region != Some(region)", "actor.region != Some(region)", "opening allows more than opening"),
    ("action != Action::Open || actor.region != Some(region)", "action != Action::Open", "opening across the border"),
    ("Role::Requester => own && g.opd == Some(opd),", "Role::Requester => g.opd == Some(opd),", "a requester opens for others"),
    ("Role::Requester => own && g.opd == Some(opd),", "Role::Requester => own,", "a requester opens in other OPDs"),
    ("Role::Requester => own && g.opd == Some(opd),", "Role::Requester => false,", "a requester opens nothing"),
    ("Role::Tier1 => g.opd == Some(opd),", "Role::Tier1 => true,", "Tier 1 opens in other OPDs"),
    ("Role::Tier1 => g.opd == Some(opd),", "Role::Tier1 => false,", "Tier 1 opens nothing"),
    ("Role::Tier2 | Role::Coordinator => true,\n        Role::Auditor", "Role::Tier2 => true,\n        Role::Coordinator | Role::Auditor", "the coordinator opens nothing"),
    ("Role::Tier2 | Role::Coordinator => true,\n        Role::Auditor", "Role::Coordinator => true,\n        Role::Tier2 | Role::Auditor", "Tier 2 opens nothing"),
    ("Role::Auditor | Role::Admin | Role::Operator => false", "Role::Auditor | Role::Admin | Role::Operator => true", "admin, auditor and operator open"),
    ("if actor.is(Role::Operator) && action == Action::KeepRegions {", "if action == Action::KeepRegions {", "everybody keeps regions"),
    ("if actor.is(Role::Operator) && action == Action::KeepRegions {", "if actor.is(Role::Operator) {", "the operator keeps all"),
    ("if actor.is(Role::Operator) && action == Action::KeepRegions {", "if false {", "the operator keeps no region"),
    ("if actor.region != Some(region) {\n        return Verdict::Unseen;", "if false {\n        return Verdict::Unseen;", "a region's border"),
    *[without_line(ADMIN, word, "admin") for word in ("KeepOpds", "KeepPeople", "KeepServices", "ReadCoverage")],
    (f"{{\n            {COORDINATES}\n        }}", "true,", "the coordinator keeps all"),
    (AUDITS, AUDITS.replace("Action::ReadCoverage | ", ""), "auditor: no ReadCoverage"),
    (COORDINATES, COORDINATES.replace("Action::ReadCoverage | ", ""), "coordinator: no ReadCoverage"),
    ("actor.is(Role::Admin) && actor.region.is_some() && actor.region == region", "actor.is(Role::Admin)", "an admin of every region"),
    ("actor.is(Role::Admin) && actor.region.is_some() && actor.region == region", "actor.is(Role::Admin) && actor.region == region", "an admin of no region keeps operators"),
    ("actor.is(Role::Admin) && actor.region.is_some() && actor.region == region", "actor.region.is_some() && actor.region == region", "everybody is admin"),
    ("let is_operator = actor.is(Role::Operator);", "let is_operator = false;", "no operator"),
    ("if region.is_some() && actor.region == region { Verdict::No } else { Verdict::Unseen }", "Verdict::No", "people of other regions are known"),
    ("if region.is_some() && actor.region == region { Verdict::No } else { Verdict::Unseen }", "Verdict::Unseen", "404 for 403"),
    ("if region.is_some() && actor.region == region { Verdict::No } else { Verdict::Unseen }", "if actor.region == region { Verdict::No } else { Verdict::Unseen }", "no region is a region"),
    ("Action::Grant if own => Verdict::No,", "", "one grants oneself a role"),
    ("Action::ResetFactor if own => Verdict::No,", "", "one takes one's own second factor away without a code"),
    ("Action::Grant if is_admin => yes_if(role != Role::Operator),", "Action::Grant if is_admin => Verdict::Yes,", "an admin makes operators"),
    ("Action::Grant if is_admin => yes_if(role != Role::Operator),", "Action::Grant if is_admin => Verdict::No,", "an admin grants nothing"),
    ("Action::Grant => yes_if(role == Role::Admin || (role == Role::Operator && region.is_none())),", "Action::Grant => Verdict::Yes,", "the operator grants all"),
    ("Action::Grant => yes_if(role == Role::Admin || (role == Role::Operator && region.is_none())),", "Action::Grant => yes_if(role == Role::Admin || role == Role::Operator),", "an operator in a region"),
    ("Action::Grant => yes_if(role == Role::Admin || (role == Role::Operator && region.is_none())),", "Action::Grant => yes_if(role == Role::Admin),", "no new operators"),
    ("is_admin || role == Role::Admin || region.is_none()", "true", "the operator keeps everybody"),
    ("is_admin || role == Role::Admin || region.is_none()", "role == Role::Admin || region.is_none()", "the admin keeps nobody"),
    ("is_admin || role == Role::Admin || region.is_none()", "is_admin || region.is_none()", "the operator keeps no admin"),
    ("is_admin || role == Role::Admin || region.is_none()", "is_admin || role == Role::Admin", "the operator keeps no operator"),
    ("        _ => Verdict::No,\n    }\n}", "        _ => Verdict::Yes,\n    }\n}", "an admin may do the rest to people"),
    ("yes_if(actor.is(Role::Operator) && matches!(action, Action::KeepRegions | Action::ReadAudit))", "yes_if(matches!(action, Action::KeepRegions | Action::ReadAudit))", "everybody keeps the platform"),
    ("yes_if(actor.is(Role::Operator) && matches!(action, Action::KeepRegions | Action::ReadAudit))", "yes_if(actor.is(Role::Operator))", "the operator may do all to the platform"),
    ("if actor.timer && actor.region == Some(t.region) {", "if actor.timer {", "the timer's border"),
    ("if actor.timer && actor.region == Some(t.region) {", "if false {", "no timer"),
    *[(TIMER, TIMER.replace(word, rest), f"timer: no {word.strip(' |')}") for word, rest in
      (("KeepTime | ", ""), ("Resume | ", ""), ("Close | ", ""), ("Escalate | Edit", "Edit"), (" | Edit", ""))],
    (TIMER, TIMER.replace("Edit", "Edit | Resolve"), "the timer resolves"),
    *[(line, line.replace("AskWaiver | ", ""), f"{tier}: no AskWaiver") for line, tier in ((WAIVER1, "tier 1"), (WAIVER2, "tier 2"))],
    *[(line, line.replace(" | ReportIncident", ""), f"{tier}: no ReportIncident") for line, tier in ((WAIVER1, "tier 1"), (WAIVER2, "tier 2"))],
    *[(line, line.partition(" => ")[0] + " => true", f"{tier}: of the other desk too") for line, tier in ((WAIVER1, "tier 1"), (WAIVER2, "tier 2"))],
    *[without_line(ADMIN, word, "admin") for word in ("ReadAgreements", "KeepAgreements", "PreviewDeadline")],
    (COORDINATES, COORDINATES.replace("Action::ReadAgreements | ", ""), "coordinator: no ReadAgreements"),
    (COORDINATES, COORDINATES.replace(" | Action::PreviewDeadline", ""), "coordinator: no PreviewDeadline"),
    (COORDINATES, COORDINATES.replace(" | Action::ReadUnreadable", ""), "coordinator: no ReadUnreadable"),
    (READS2, READS2.replace(" | Action::ReadUnreadable", ""), "Tier 2: no ReadUnreadable"),
    (AUDITS, AUDITS.replace(" | Action::ReadAgreements", ""), "auditor: no ReadAgreements"),
    ("Role::Tier1 => action == Action::ReadAgreements,", "Role::Tier1 => false,", "Tier 1: no ReadAgreements"),
    ("Role::Tier1 => action == Action::ReadAgreements,", "Role::Tier1 => true,", "Tier 1 keeps the region"),
    (READS2, READS2.replace("Action::ReadAgreements | ", ""), "Tier 2: no ReadAgreements"),
    (READS2, "Role::Tier2 => true,", "Tier 2 keeps the region"),
    *[without_line(ADMIN, word, "admin") for word in ("ReadMails", "KeepMails")],
    (AUDITS, AUDITS.replace(" | Action::ReadMails", ""), "auditor: no ReadMails"),
    (AUDITS, AUDITS.replace("Action::ReadMails", "Action::ReadMails | Action::KeepMails"), "the auditor sends again"),
    ("(actor.person == Some(owner), desk.is_served_by(actor))", "(true, desk.is_served_by(actor))", "everybody's view is one's own"),
    ("(actor.person == Some(owner), desk.is_served_by(actor))", "(actor.person == Some(owner), desk != Desk::Own)", "a desk's answers to everybody"),
    ("actor.region != Some(region) || actor.person.is_none() || !(own || serves)", "actor.person.is_none() || !(own || serves)", "another region's answers"),
    ("actor.region != Some(region) || actor.person.is_none() || !(own || serves)", "actor.region != Some(region) || !(own || serves)", "nobody's answers"),
    ("own && (works || actor.is(Role::Auditor))", "works || actor.is(Role::Auditor)", "a colleague takes a view away"),
    ("own && (works || actor.is(Role::Auditor))", "own", "whoever has no queue keeps views"),
    ("works && (serves || desk == Desk::Own)", "works", "whoever left a desk writes its answers"),
    ("works && (serves || desk == Desk::Own)", "serves || desk == Desk::Own", "the auditor keeps answers"),
    (AUDITS, AUDITS.replace(" | Action::ReadAudit", ""), "auditor: no log"),
    without_line(ADMIN, "ReadAudit", "admin"),
    (OWN_ACTS, "Role::Requester => false,", "requester: not his own acts"),
    (OWN_ACTS, "Role::Requester => true,", "the requester keeps the region"),
    (NO_LOG, "Action::ReadAudit if allowed => Verdict::Unseen,", "no log for whoever may read it"),
    ("Action::KeepRegions | Action::ReadAudit))", "Action::KeepRegions))", "operator: no log"),
    ("Action::KeepRegions | Action::ReadAudit))", "Action::ReadAudit))", "operator: no new regions"),
    (SEE_ALL, "Standing::Requester | Standing::Coordinator => true, Standing::Timer => !t.secret,", "secret to the timer"),
    ("Standing::Assignee => matches!(action, Read | ReadInternal)", "Standing::Assignee => matches!(action, ReadInternal)", "assignee: no Read"),
    ("Standing::Auditor => matches!(action, Read | ReadInternal)", "Standing::Auditor => matches!(action, ReadInternal)", "auditor: no Read"),
    (NO_LOG, "_ if !allowed => Verdict::Unseen,", "404 for 403 in one's own region"),
    (NO_LOG, "", "403 for a log that is not there"),
    ("let is_admin = actor.is(Role::Admin) && actor.region.is_some() && actor.region == region;", "let is_admin = false;", "no admin"),
    ("let is_operator = actor.is(Role::Operator);", "let is_operator = true;", "everybody is operator"),
    ("if !is_admin && !is_operator {", "if false {", "everybody keeps people"),
    (KEEP_PEOPLE, "Action::KeepPeople | Action::IssueLink =>", "nobody takes a lost second factor away"),
    (KEEP_PEOPLE, "Action::IssueLink | Action::ResetFactor =>", "nobody keeps people"),
    *[(WORKS, WORKS.replace(f"Role::{role}", "").replace("[, ", "[").replace(", ,", ",").replace(", ]", "]"), f"{role} keeps no tools") for role in ("Tier1", "Tier2", "Coordinator")],
    ("Action::ReadTool => true", "Action::ReadTool => own", "a desk's tools to their maker alone"),
    ("own && (works || actor.is(Role::Auditor))", "own && works", "the auditor keeps no views"),
    ("works && (serves || desk == Desk::Own)", "works && serves", "nobody keeps answers for himself"),
    ("works && (serves || desk == Desk::Own)", "works && desk == Desk::Own", "nobody keeps a desk's answers"),
    ("!(own || serves)", "!own", "a desk's tools are not there"),
    ("!(own || serves)", "!serves", "one's own tools are not there"),
    ("_ => false,\n    })", "_ => own,\n    })", "the owner may do the rest to a tool"),
    ("actor.opds(Role::Tier1).contains(&opd)", "actor.is(Role::Tier1)", "the tools of every Tier 1"),
    ("actor.opds(Role::Tier1).contains(&opd)", "actor.grants.iter().any(|g| g.opd == Some(opd))", "members of the OPD serve its desk"),
    (("actor.is(Role::Tier2)", 1, 2), "(actor.is(Role::Tier2) || actor.is(Role::Tier1))", "Tier 1 serves the desk of Tier 2"),
    ("Action::IssueLink if own => Verdict::No,", "", "one sets one's own password without the old one"),
    (KEEP_PEOPLE, "Action::KeepPeople | Action::ResetFactor =>", "nobody gives a way to a password"),
]

TIER1_SCOPE = "Box::new(opds.and(tickets::classification.ne(Classification::Secret).or(tickets::tier.eq(1))))"
TIER2_SCOPE = """any = Box::new(
                        any.or(secret().and(tickets::tier.eq(2)).or(tickets::classification
                            .ne(Classification::Secret)
                            .and(tickets::reached_tier2.eq(true).or(tickets::consulted.eq(true))))),
                    );"""
ASSIGNEE_SCOPE = "Box::new(secret().and(tickets::assignee_id.is_not_null()).and(his))"
NOT_SECRET = "tickets::classification.ne(Classification::Secret)"
REACHED = "tickets::reached_tier2.eq(true)"
ASKED = "tickets::consulted.eq(true)"


def seen(condition):
    return f"any = Box::new(any.or({condition}));"


_scope = [
    (('fixed("1 = 0")', 1, 2), 'fixed("1 = 1")', "nobody sees all"),
    (("return Box::new(tickets::region_id.eq(region));", 2, 2), 'return Box::new(fixed("1 = 1"));', "the coordinator's border"),
    ("actor.is(Role::Coordinator)", "actor.is(Role::Coordinator) || actor.is(Role::Admin)", "the admin sees tickets"),
    ("actor.is(Role::Coordinator)", "false", "the coordinator sees none"),
    ("Box::new(tickets::requester_id.eq(person))", 'Box::new(fixed("1 = 1"))', "everybody's own"),
    ("Box::new(tickets::requester_id.eq(person))", 'Box::new(fixed("1 = 0"))', "nobody's own"),
    ("Box::new(tickets::requester_id.eq(person))", "Box::new(tickets::opened_by.eq(person))", "whoever typed it, not whose it is"),
    ("actor.is(Role::Tier1) || actor.is(Role::Tier2)", "true", "an assignee without a desk"),
    ("actor.is(Role::Tier1) || actor.is(Role::Tier2)", "actor.is(Role::Tier2)", "Tier 1 is no desk"),
    ("actor.is(Role::Tier1) || actor.is(Role::Tier2)", "actor.is(Role::Tier1)", "Tier 2 is no desk"),
    (ASSIGNEE_SCOPE, "Box::new(tickets::assignee_id.is_not_null().and(his))", "an old assignment opens a ticket"),
    (ASSIGNEE_SCOPE, "Box::new(secret().and(tickets::assignee_id.is_not_null()))", "everybody's assignment"),
    (ASSIGNEE_SCOPE, 'Box::new(fixed("1 = 0"))', "secret to its assignee"),
    (("actor.opds(Role::Tier1)", 3, 3), "actor.grants.iter().filter_map(|g| g.opd).collect::<Vec<_>>()", "every member of the OPD is Tier 1"),
    (TIER1_SCOPE, "opds", "secret at tier 2 open to Tier 1"),
    (TIER1_SCOPE, f"Box::new(opds.and({NOT_SECRET}))", "secret at tier 1 closed to Tier 1"),
    (TIER1_SCOPE, "Box::new(opds.and(tickets::tier.eq(1)))", "Tier 1 loses what it handed over"),
    (TIER1_SCOPE, f"Box::new({NOT_SECRET}.or(tickets::tier.eq(1)))", "Tier 1 of any OPD"),
    (TIER1_SCOPE, 'Box::new(fixed("1 = 0"))', "no Tier 1"),
    (TIER2_SCOPE, seen(f"secret().or({NOT_SECRET}.and({REACHED}.or({ASKED})))"), "every secret open to Tier 2"),
    (TIER2_SCOPE, seen(f"{REACHED}.or({ASKED})"), "secret is as open to Tier 2"),
    (TIER2_SCOPE, seen(f"{NOT_SECRET}.and({REACHED}.or({ASKED}))"), "secret at tier 2 closed to Tier 2"),
    (TIER2_SCOPE, seen(f"secret().and(tickets::tier.eq(2)).or({NOT_SECRET})"), "Tier 2 sees all"),
    (TIER2_SCOPE, seen(f"secret().and(tickets::tier.eq(2)).or({NOT_SECRET}.and({REACHED}))"), "a consultation opens nothing"),
    (TIER2_SCOPE, seen(f"secret().and(tickets::tier.eq(2)).or({NOT_SECRET}.and({ASKED}))"), "a hand-over opens nothing"),
    (TIER2_SCOPE, "{}", "no Tier 2"),
    ("any = Box::new(any.or(tickets::classification.ne(Classification::Secret)));", seen('fixed("1 = 1")'), "secret open to the auditor"),
    ("any = Box::new(any.or(tickets::classification.ne(Classification::Secret)));", "{}", "no auditor"),
    ("Box::new(tickets::region_id.eq(region).and(any))", "any", "the region's border"),
    ("policy::decide(&tx.actor, Action::ReadInternal, &ticket.facts()) == policy::Verdict::Yes", "true", "internal is for everybody"),
    (("return Box::new(tickets::region_id.eq(region));", 1, 2), 'return Box::new(fixed("1 = 1"));', "the timer's border"),
    ("Box::new(not(tickets::region_id.ne(region)).and(alone))", "alone", "the region's border by one way alone"),
]

LOCK = "<Db as Scope>::visible_to(actor)"
WIDE = "<Db as Scope>::visible_to(&crate::widened(actor))"

WHOLE = """match part(&tx.actor)? {
        Part::Own(_) => Err(Error::NotFound),
        Part::All | Part::Configuration => Ok(log),
    }"""
EVERYTHING = """match part(&tx.actor)? {
        Part::All => Ok(log),
        Part::Own(_) | Part::Configuration => Err(Error::NotFound),
    }"""
MAY = 'if may { Ok(()) } else { Err(Error::Forbidden(say!("forbidden.action"))) }'

_visible = [
    ("ticket/event.rs", "query = query.filter(events::visibility.eq(Visibility::Public));", "{}", "internal events to the requester"),
    ("ticket/event.rs", "line.staff_data = Json(json!({}));", "let _ = &line;", "staff's words of events to the requester"),
    ("ticket/event.rs", "query = query.filter(not(one_of(events::id, &unseen)));", "{}", "ties to unseen tickets in the time line"),
    ("ticket/find.rs", (LOCK, 1, 5), WIDE, "a change finds tickets beyond the scope"),
    ("ticket/find.rs", (LOCK, 4, 5), WIDE, "ties are shown beyond the scope"),
    ("ticket/comment.rs", "query = query.filter(comments::visibility.eq(Visibility::Public));", "{}", "internal comments to the requester"),
    ("ticket/attach.rs", "query = query.filter(attachments::visibility.eq(Visibility::Public));", "{}", "internal files listed for the requester"),
    ("ticket/attach.rs", "attachment.visibility == Visibility::Internal && !sees_internal(tx, ticket.get())", "{ let _ = &ticket; false }", "internal files to the requester"),
    ("ticket/attach.rs", "attachments::ticket_id.eq(ticket.id).and(attachments::visibility.eq(visibility))", "attachments::ticket_id.eq(ticket.id).and(attachments::visibility.eq_any([Visibility::Public, Visibility::Internal]))", "internal files counted for the requester"),
    ("ticket/watch.rs", "people.retain(|p| Some(*p) == me);", "let _ = me;", "watchers shown to the requester"),
    ("ticket/watch.rs", "who_see(tx, &ticket, vec![who])?.is_empty()", "false", "whoever does not see it may watch"),
    ("ticket/watch.rs", "who_see(tx, ticket, people)", "Ok(people)", "watchers hear on"),
    ("ticket/find.rs", (LOCK, 3, 5), WIDE, "a search tells that a number beyond the scope is there"),
    ("ticket/list.rs", "<Db as Scope>::visible_by(actor, way)", "<Db as Scope>::visible_by(&crate::widened(actor), way)", "the list beyond the scope"),
    ("ticket/search.rs", LOCK, WIDE, "numbers beyond the scope"),
    ("ticket/search.rs", "<Db as Scope<WithWords>>::visible_to(actor)", "<Db as Scope<WithWords>>::visible_to(&crate::widened(actor))", "words beyond the scope"),
    ("ticket/count.rs", (LOCK, 1, 2), WIDE, "counts by desk, and in whose hands, beyond the scope"),
    ("ticket/consequence.rs", "people.retain(|person| *person != ticket.requester_id);", "{}", "internal news to the requester"),
    ("ticket/open.rs", "!wide && !own && served.is_empty()", "false", "who may open for nobody finds out who exists"),
    ("ticket/open.rs", "opds.retain(|o| served.contains(o));", "drop(served);", "Tier 1 opens for other OPDs"),
    ("ticket/open.rs", "!opener", "false", "whoever may not open asks on"),
    ("ticket/assign.rs", "actor.opds(Role::Tier1).contains(&ticket.opd_id)", "actor.is(Role::Tier1)", "assigned to Tier 1 of another OPD"),
    ("ticket/assign.rs", "actor.region == Some(ticket.region_id)", "(true || ticket.region_id == ticket.id)", "assigned across the border"),
    ("notice.rs", "notices::table.filter(notices::person_id.eq(person)).select(Notice::as_select()).into_boxed::<Db>()", "{ let _ = person; notices::table.select(Notice::as_select()).into_boxed::<Db>() }", "others' notices listed"),
    ("notice.rs", "notices::id.eq(id).and(notices::person_id.eq(person))", "{ let _ = person; notices::id.eq(id) }", "others' notices read"),
    ("org/session.rs", "sessions::person_id.eq(person).and(sessions::ended_at.is_null())", "{ let _ = person; sessions::ended_at.is_null() }", "others' sessions"),
    ("org/region.rs", "query.filter(regions::id.eq(id)).load(c)", "{ let _ = id; query.load(c) }", "other regions listed"),
    ("org/opd.rs", "opds::region_id.eq(region).and(opds::code.gt(after))", "{ let _ = region; opds::code.gt(after) }", "other regions' OPDs listed"),
    ("org/actor.rs", "sessions::ended_at.is_null().and(sessions::expires_at.gt(now))", "sessions::expires_at.gt(now)", "ended sessions"),
    ("org/actor.rs", "sessions::ended_at.is_null().and(sessions::expires_at.gt(now))", "{ let _ = now; sessions::ended_at.is_null() }", "sessions that ran out"),
    ("org/actor.rs", ".filter(people::active.eq(true))", ".filter(people::active.eq(true).or(people::active.eq(false)))", "people who left"),
    ("org/actor.rs", "grants::person_id.eq(person).and(grants::revoked_at.is_null())", "grants::person_id.eq(person)", "roles that were taken"),
    ("org/coverage.rs", ("opds::region_id.eq(region).and(opds::active.eq(true))", 2, 2), "{ let _ = region; opds::active.eq(true) }", "other regions in the report"),
    ("catalog/mod.rs", "query = query.filter(services::only_opd_id.is_null().or(services::only_opd_id.eq_any(opds)));", "{ drop(opds); }", "other OPDs' services listed"),
    ("catalog/mod.rs", ".filter(services::active_from.is_null().or(services::active_from.le(today)))", "", "services before their time"),
    ("catalog/mod.rs", ".filter(services::active_until.is_null().or(services::active_until.ge(today)))", "", "services after their time"),
    ("catalog/mod.rs", "services::region_id.eq(region).and(services::code.gt(after))", "{ let _ = region; services::code.gt(after) }", "other regions' services listed"),
    ("catalog/mod.rs", "keeper || visible", "true", "services that one may not choose are known"),
    ("catalog/mod.rs", "service.only_opd_id.is_none_or(mine)", "(true || mine(region))", "other OPDs' services are known"),
    ("catalog/mod.rs", "service.only_opd_id.is_none_or(|only| only == opd)", "(true || service.only_opd_id.is_none_or(|only| only == opd))", "other OPDs' services asked for"),
    ("catalog/mod.rs", "visible && service.is_offered(today)", "visible", "services asked for out of their time"),
    ("api/people.rs", "actor.person == Some(person.id) || [Role::Admin, Role::Auditor, Role::Operator].iter().any(|r| actor.is(*r))", "(true || actor.person == Some(person.id))", "entries to everybody"),
    (DIRECTORY, "held.person_id != person.id", "false", "a role of somebody else in the path"),
    (DIRECTORY, "query.filter(people::region_id.eq(region)),", "{ let _ = region; query },", "region: other regions' people listed"),
    (DIRECTORY, "grants::role.eq_any([Role::Tier1, Role::Tier2, Role::Coordinator])", "grants::role.eq_any(Role::ALL.to_vec())", "Tier 2: everybody listed"),
    (DIRECTORY, "grants::role.eq_any([Role::Admin, Role::Operator])", "grants::role.eq_any(Role::ALL.to_vec())", "operator: everybody listed"),
    (DIRECTORY, "in_force.filter(grants::opd_id.eq_any(opds)).select(grants::person_id)", "{ drop(opds); in_force.select(grants::person_id) }", "Tier 1: other OPDs' people listed"),
    (DIRECTORY, "query.filter(people::id.eq(person)),", "{ let _ = person; query },", "requester: everybody listed"),
    (DIRECTORY, "let in_force = grants::table.filter(grants::revoked_at.is_null());", "let in_force = grants::table.filter(grants::revoked_at.is_null().or(grants::revoked_at.is_not_null()));", "people listed by roles that were taken"),
    # V50 to V55: whom one knows of is whom one is listed, by the same condition.
    *[None] * 6,
    (DIRECTORY, "[Role::Admin, Role::Coordinator, Role::Auditor].iter().any(|r| actor.is(*r))", "[Role::Admin, Role::Coordinator, Role::Auditor, Role::Tier2].iter().any(|r| actor.is(*r))", "Tier 2 has the region's directory"),
    (DIRECTORY, "actor.is(Role::Tier2)", "actor.is(Role::Tier2) || actor.is(Role::Tier1)", "Tier 1 has the desks' directory"),
    (DIRECTORY, "actor.opds(Role::Tier1)", "actor.grants.iter().filter_map(|g| g.opd).collect::<Vec<_>>()", "Tier 1: also the OPD in which he is only a member"),
    ("ticket/list.rs", "<Db as Scope<WithDeadline>>::visible_to(actor)", "<Db as Scope<WithDeadline>>::visible_to(&crate::widened(actor))", "the list by deadline beyond the scope"),
    ("sla/waiver.rs", "found.asked_by == me", "false", "one decides what one asked for"),
    ("mail/outbox.rs", "mails::region_id.eq(region).and(mails::state.eq(state))", "{ let _ = region; mails::state.eq(state) }", "other regions' mails listed"),
    ("mail/outbox.rs", "query = query.filter(mails::secret.eq(false));", "{}", "mails of secret tickets to the auditor"),
    ("mail/inbound.rs", "inbound_mails::region_id.eq(region).and(inbound_mails::state.eq(state))", "{ let _ = region; inbound_mails::state.eq(state) }", "what came in to other regions listed"),
    ("mail/inbound.rs", "query = query.filter(inbound_mails::secret.eq(false));", "{}", "what came in about secret tickets to the auditor"),
    ("mail/inbound.rs", "inbound_mails::id.eq(id).and(inbound_mails::region_id.eq(region))", "{ let _ = region; inbound_mails::id.eq(id) }", "other regions' unreadable mails read"),
    ("mail/inbound.rs", ".filter(inbound_mails::state.eq(InboundState::Unreadable))", "", "mails that were made out read as they came"),
    ("mail/intake.rs", ".filter(mine())\n            .filter(inbound_mails::state", ".filter(inbound_mails::id.eq(id))\n            .filter(inbound_mails::state", "other regions' messages looked at again"),
    ("mail/outbox.rs", "mails::id.eq(id).and(mails::region_id.eq(region))", "{ let _ = region; mails::id.eq(id) }", "other regions' mails sent again"),
    ("ticket/figures.rs", LOCK, WIDE, "the report beyond the scope"),
    *[("sla/list.rs", f"{table}::region_id.eq(region).and({table}::code.{how})", f"{{ let _ = region; {table}::code.{how} }}", f"other regions' {table} {why}")
      for table in ("calendars", "agreements") for how, why in (("gt(after)", "listed"), ("eq(code)", "read"))],
    ("ticket/news.rs", "public || sees_internal(tx, ticket)", "{ let _ = public; true }", "the requester learns when the desk writes to itself"),
    ("desk/place.rs", ("actor.opds(Role::Tier1)", 1, 2), "actor.grants.iter().filter_map(|g| g.opd).collect::<Vec<_>>()", "members of the OPD see the views of its desk"),
    ("desk/place.rs", "if actor.is(Role::Tier2) { vec![region] } else { Vec::new() }", "vec![region]", "Tier 1 sees the views of Tier 2"),
    ("desk/draft.rs", "\n        .find((person, key))", "\n        .filter({ let _ = person; drafts::about.eq(key) })", "somebody else's draft"),
    # What no list of an answer is made of, but an answer all the same.
    ("access/mod.rs", 'Err(Error::Forbidden(say!("forbidden.action")))', "Err(Error::NotFound)", "404 for what one sees"),
    ("access/mod.rs", ("Err(Error::NotFound)", 2, 2), 'Err(Error::Forbidden(say!("forbidden.action")))', "403 for what one does not see"),
    ("access/mod.rs", "self.grants.iter().filter(|g| g.role == role).filter_map(|g| g.opd).collect()", "{ let _ = role; self.grants.iter().filter_map(|g| g.opd).collect() }", "a member of an OPD holds every role in it"),
    ("access/mod.rs", "self.grants.iter().any(|g| g.role == role)", "{ let _ = role; !self.grants.is_empty() }", "a role is every role"),
    ("ticket/mod.rs", "self.classification == Classification::Secret", "false", "no ticket is secret to the policy"),
    ("ticket/mod.rs", "self.status == Status::New", "true", "every ticket is new to the policy"),
    ("audit/list.rs", "actor.is(Role::Auditor) || actor.is(Role::Operator)", "actor.is(Role::Auditor) || actor.is(Role::Operator) || actor.is(Role::Admin)", "the admin reads every entry"),
    ("audit/list.rs", "actor.is(Role::Admin)", "!actor.is(Role::Auditor)", "everybody reads what concerns the configuration"),
    ("audit/store.rs", "$query.filter(entries::region_id.eq($log))", "$query", "other regions' entries listed"),
    ("audit/store.rs", "$query.filter(entries::region_id.is_null())", "$query", "the regions' entries to the operator"),
    ("audit/list.rs", "query = query.filter(entries::actor_id.eq(*person))", "{ let _ = person; }", "others' acts listed"),
    ("audit/list.rs", "fixed(CONFIGURATION)", "fixed(\"action NOT LIKE 'session.%' AND action NOT LIKE 'link.%'\")", "the admin reads who did what to tickets"),
    ("audit/list.rs", "fixed(CONFIGURATION)", "fixed(\"object_type IN ('region', 'opd', 'person', 'service', 'calendar', 'holiday', 'agreement')\")", "the admin reads who signed in when"),
    ("audit/list.rs", "Stored { leaf: None, salt: None, leaf_index: None, ..row }", "row", "places of one's own acts tell how much others do"),
    # V92 to V96: an entry is read by the condition of the list.
    *[None] * 5,
    ("audit/list.rs", WHOLE, "Ok(log)", "the size of the log to everybody"),
    ("audit/list.rs", EVERYTHING, "match part(&tx.actor)? { Part::Own(_) => Err(Error::NotFound), _ => Ok(log) }", "the whole log to the admin"),
    ("audit/store.rs", ("of_log!(query, log)", 1, 2), "query", "other logs' entries in the bundle"),
    None,  # V100: a bundle is of one log by the condition of the list.
    ("desk/answer.rs", "answers::table.filter(seen_by!(answers, who)).select", "answers::table.filter(answers::region_id.eq(who.region)).select", "others' answers listed"),
    ("desk/view.rs", "views::table.filter(seen_by!(views, who)).select", "views::table.filter(views::region_id.eq(who.region)).select", "others' views listed"),
    ("desk/place.rs", "opd::names(tx, &tx.actor.opds(Role::Tier1))?", "opd::names(tx, &tx.actor.grants.iter().filter_map(|g| g.opd).collect::<Vec<_>>())?", "members of the OPD share with its desk"),
    ("desk/place.rs", "tx.actor.is(Role::Tier2)", "true", "everybody shares with Tier 2"),
    ("desk/draft.rs", MAY, "{ let _ = may; Ok(()) }", "whoever reports nothing keeps a report"),
    ("desk/draft.rs", "drafts::person_id.eq(person).and(drafts::about.eq_any(beyond))", "drafts::about.eq_any(beyond)", "a full drawer throws others' drafts away"),
    ("desk/draft.rs", "diesel::delete(drafts::table.find((person, key)))", "{ let _ = person; diesel::delete(drafts::table.filter(drafts::about.eq(key))) }", "sending forgets others' drafts"),
    ("desk/presence.rs", "presences::ticket_id.eq(ticket).and(presences::person_id.ne(me))", "{ let _ = ticket; presences::person_id.ne(me) }", "who is at other tickets"),
    ("recorded.rs", "keys::person_id.eq(person).and(keys::key.eq(key))", "{ let _ = person; keys::key.eq(key) }", "the answer to somebody else's key"),
    ("org/opd.rs", ".filter(opds::region_id.eq(region).and(opds::code.eq(code)))\n        .select", ".filter({ let _ = region; opds::code.eq(code) })\n        .select", "an OPD of another region by its code"),
    ("org/opd.rs", "opds::table.filter(opds::region_id.eq(region).and(opds::code.eq(code)))", "{ let _ = region; opds::table.filter(opds::code.eq(code)) }", "an OPD of another region changed"),
    ("catalog/mod.rs", ("services::region_id.eq(region).and(services::code.eq(code))", 1, 3), "{ let _ = region; services::code.eq(code) }", "a service of another region changed"),
    ("catalog/mod.rs", ("services::region_id.eq(region).and(services::code.eq(code))", 2, 3), "{ let _ = region; services::code.eq(code) }", "a service of another region asked for"),
    ("catalog/mod.rs", ("services::region_id.eq(region).and(services::code.eq(code))", 3, 3), "services::code.eq(code)", "a service of another region is known"),
    ("ticket/link.rs", "links::ticket_id.eq(ticket).or(links::other_id.eq(ticket))", "links::id.ne(ticket)", "a tie of another ticket in the path"),
    ("ticket/find.rs", "ticket.get().classification == Classification::Secret", "false", "nobody learns who read a secret ticket"),
    ("ticket/event.rs", 'json!({ "version": ticket.version })', 'json!({ "number": ticket.number, "version": ticket.version, "status": ticket.status })', "the log tells the auditor of secret tickets"),
    ("ticket/mails.rs", ("ticket.classification == Classification::Secret", 2, 4), "false", "mails of secret tickets say what happened"),
    ("ticket/mails.rs", "outbox::classify(tx, ticket.id, ticket.classification == Classification::Secret)?", "outbox::classify(tx, ticket.id, false)?", "what waits goes on telling of what became secret"),
    ("mail/letter.rs", "(vec![news(last, language)], None)", "told(all, language)", "a mail tells what happened to a secret ticket"),
    ("mail/letter.rs", 'return format!("[{}] {}", last.number, say!("mail.news.title").text(language))', 'return format!("[{}] {}", last.number, last.subject)', "a mail's subject tells of a secret ticket"),
    ("mail/letter.rs", "if secret { Vec::new() } else { facts(last, language) }", "facts(last, language)", "a mail tells the facts of a secret ticket"),
    ("mail/outbox.rs", "mails::table.filter(mails::ticket_id.eq(ticket))", "mails::table.filter(mails::ticket_id.eq(ticket).and(mails::id.ne(mails::id)))", "mails of what became secret stay listed"),
    ("mail/outbox.rs", "inbound_mails::table.filter(inbound_mails::ticket_id.eq(ticket))", "inbound_mails::table.filter(inbound_mails::ticket_id.eq(ticket).and(inbound_mails::id.ne(inbound_mails::id)))", "what came in about what became secret stays listed"),
    ("mail/outbox.rs", "if mail.secret { NEWS } else { &mail.kind }", "&mail.kind", "the list tells what was mailed about a secret ticket"),
    ("mail/inbound.rs", "self.secret", "false", "the list tells why a mail about a secret ticket was refused"),
    ("inbox/thread.rs", "takes_part.then_some(ticket.id)", "Some(ticket.id)", "a whole desk writes into every thread"),
    ("app.rs", "if lacks_factor(conn, &actor, factor_for)? { Err(Error::FactorNeeded) } else { Ok(actor) }", "{ let _ = factor_for; Ok(actor) }", "roles that need a second factor work without"),
    ("app.rs", "actor.grants.clear();", "{}", "whoever lacks a second factor keeps his roles in his account"),
    ("org/second_factor.rs", ("codes::person_id.eq(person).and(codes::hash.eq_any(&hashes))", 2, 2), "codes::person_id.eq(person)", "any code recovers"),
    ("org/second_factor.rs", ".filter(codes::used_at.is_null())\n    )", "\n    )", "a recovery code counts again"),
    ("org/session.rs", ".filter(sessions::id.eq_any(ids).and(sessions::ended_at.is_null()).and(sessions::expires_at.gt(now)))", ".filter(sessions::id.eq_any(ids).and(sessions::expires_at.gt(now)))", "an ended session goes on hearing what is new"),
    ("org/session.rs", ".filter(people::active.eq(true))\n        .select(sessions::id)", ".select(sessions::id)", "whoever left goes on hearing what is new"),
    ("web/overview.rs", "frame.watches_over", "true", "the overview to everybody"),
    ("web/report.rs", "frame.may_report", "true", "a form to whoever could send nothing"),
    ("web/admin/start.rs", "!frame.keeps", "false", "the keeper's page to everybody"),
    ("web/admin/people.rs", "!frame.keeps", "false", "the keeper's list of people to everybody"),
    ("web/sign_in.rs", 'session::end(tx, before.sid, "replaced")', "Ok(())", "a browser that signs in anew leaves its old session open"),
    ("org/session.rs", "sessions::id.eq(id).and(sessions::person_id.eq(person))", "{ let _ = person; sessions::id.eq(id) }", "others' sessions ended"),
    ("ticket/find.rs", (LOCK, 5, 5), WIDE, "subjects and places in the audit log by numbers beyond the scope"),
    ("ticket/count.rs", (LOCK, 2, 2), WIDE, "what lies at a desk is counted beyond the scope"),
    ("org/on_behalf.rs", "!wide && served.is_empty()", "false", "who may report for nobody looks for people"),
    ("org/on_behalf.rs", "held = held.filter(grants::opd_id.eq_any(served.clone()));", "{}", "Tier 1 finds other OPDs' people"),
    ("org/on_behalf.rs", "people::region_id.eq(region).and(people::active.eq(true))", "{ let _ = region; people::active.eq(true) }", "other regions' people are found"),
    ("org/on_behalf.rs", "people::region_id.eq(region).and(people::active.eq(true))", "people::region_id.eq(region)", "people who left are found"),
    ("org/on_behalf.rs", "grants::revoked_at.is_null().and(members)", "members", "people are found by roles that were taken"),
    ("ticket/find.rs", f"tickets::table.filter({LOCK}).select(tickets::id)", f"tickets::table.filter({WIDE}).select(tickets::id)", "what is tied to a ticket is told beyond the scope"),
    ("org/opd.rs", "opds::table\n            .filter(opds::region_id.eq(may.get().0))", "opds::table", "other regions' organisations are found by their keeper"),
    ("catalog/sought.rs", "services::table.filter(services::region_id.eq(may.get().0))", "services::table", "other regions' services are found by their keeper"),
]

# A number is not given again: what was taken out leaves its place empty.
MUTANTS = (
    [(f"S{n:02}", SCOPE, old, new, why) for n, (old, new, why) in enumerate(_scope, 1)]
    + [(f"V{n:02}", *entry) for n, entry in enumerate(_visible, 1) if entry]
    + [(f"P{n:03}", POLICY, old, new, why) for n, (old, new, why) in enumerate(_policy, 1)]
)
