//! Who may do what: every action by everybody, at each place where a ticket can lie.

use crate::support::desk::Cast;
use crate::support::{Client, Reply};
use serde_json::{Value, json};

/// Does an action with all that it needs; `assign` goes to somebody of the desk.
async fn does(cast: &Cast, client: &Client, ticket: &Value, action: &str) -> Reply {
    match action {
        "assign" => {
            let desk = if ticket["tier"] == 1 { &cast.tier1 } else { &cast.second };
            client.assign(ticket, &desk.id().await).await
        }
        "edit" => client.edit(ticket, json!({ "impact": "high" })).await,
        other => client.does(ticket, other).await,
    }
}

/// Holds a table of statuses against the service. Whoever is not named in it sees nothing: 404.
async fn holds<F: AsyncFn(&Cast) -> Value>(cast: &Cast, table: &str, make: F) {
    let mut lines = table.lines().map(|l| l.split_whitespace().collect::<Vec<_>>()).filter(|l| !l.is_empty());
    let columns = lines.next().unwrap();
    let absent = json!({ "id": "01890000-0000-7000-8000-000000000000", "tier": 1 });
    for row in lines {
        let action = row[0];
        let mut ticket = make(cast).await;
        for (who, client) in cast.everybody() {
            let place = columns.iter().position(|c| *c == who);
            let expected: u16 = place.map_or(404, |p| row[p].parse().unwrap());
            let reply = does(cast, client, &ticket, action).await;
            assert_eq!(reply.status, expected, "{action} by {who}: {}", reply.text);
            if expected == 404 {
                let nothing = does(cast, client, &absent, action).await;
                assert_eq!(reply.text, nothing.text, "{action} by {who} tells that the ticket is there");
            }
            if expected < 300 {
                ticket = make(cast).await;
            } else {
                let now = cast.coordinator.see(&ticket).await.ok();
                assert_eq!(now, ticket, "{action} by {who} was refused and changed something");
            }
        }
    }
}

// L5, L8, P8
#[actix_web::test]
async fn a_new_ticket_at_tier_1_is_the_work_of_its_desk_alone() {
    let cast = Cast::new().await;
    let table = "
        action    requester  tier1  coordinator  auditor
        assign    403        200    200          403
        start     403        200    403          403
        escalate  403        200    200          403
        return    403        403    409          403
        consult   403        200    403          403
        pend      403        200    403          403
        resume    403        409    403          403
        resolve   403        200    403          403
        close     409        403    409          403
        reopen    409        409    403          403
        cancel    200        200    200          403
        edit      200        200    200          403
        public    201        201    201          403
        internal  403        201    201          403
    ";
    holds(&cast, table, async |cast| cast.requester.open("SIMPEG mati").await).await;
}

// L6, L7, L8
#[actix_web::test]
async fn after_a_hand_over_tier_1_reads_and_writes_and_tier_2_works() {
    let cast = Cast::new().await;
    let table = "
        action    requester  tier1  tier2  coordinator  auditor
        assign    403        403    200    200          403
        start     403        403    200    403          403
        escalate  403        409    403    409          403
        return    403        403    200    200          403
        consult   403        409    403    403          403
        pend      403        403    200    403          403
        resume    403        403    409    403          403
        resolve   403        403    200    403          403
        close     409        403    403    409          403
        reopen    409        403    409    403          403
        cancel    403        403    200    200          403
        edit      403        403    200    200          403
        public    201        201    201    201          403
        internal  403        201    201    201          403
    ";
    holds(&cast, table, async |cast| cast.handed_up().await).await;
}

#[actix_web::test]
async fn after_its_return_tier_2_reads_and_writes_and_tier_1_works() {
    let cast = Cast::new().await;
    let table = "
        action    requester  tier1  tier2  coordinator  auditor
        assign    403        200    403    200          403
        start     403        409    403    403          403
        escalate  403        200    403    200          403
        return    403        403    409    409          403
        consult   403        200    403    403          403
        pend      403        200    403    403          403
        resolve   403        200    403    403          403
        cancel    403        200    403    200          403
        edit      403        200    403    200          403
        public    201        201    201    201          403
        internal  403        201    201    201          403
    ";
    let made = async |cast: &Cast| {
        let ticket = cast.handed_up().await;
        cast.tier2.give_back(&ticket).await.ok()
    };
    holds(&cast, table, made).await;
}

#[actix_web::test]
async fn a_solved_ticket_waits_for_its_requester() {
    let cast = Cast::new().await;
    let table = "
        action    requester  tier1  coordinator  auditor
        assign    403        409    409          403
        start     403        409    403          403
        escalate  403        409    409          403
        return    403        403    409          403
        consult   403        409    403          403
        pend      403        409    403          403
        resume    403        409    403          403
        resolve   403        409    403          403
        close     200        403    200          403
        reopen    200        200    403          403
        cancel    403        409    409          403
        edit      403        409    409          403
        public    201        201    201          403
        internal  403        201    201          403
    ";
    let made = async |cast: &Cast| {
        let ticket = cast.requester.open("SIMPEG mati").await;
        cast.tier1.resolve(&ticket).await.ok()
    };
    holds(&cast, table, made).await;
}

#[actix_web::test]
async fn a_closed_ticket_can_only_be_taken_up_again() {
    let cast = Cast::new().await;
    let table = "
        action    requester  tier1  coordinator  auditor
        assign    403        409    409          403
        start     403        409    403          403
        escalate  403        409    409          403
        pend      403        409    403          403
        resolve   403        409    403          403
        close     409        403    409          403
        reopen    200        200    403          403
        cancel    403        409    409          403
        edit      403        409    409          403
        public    409        409    409          403
        internal  403        409    409          403
    ";
    let made = async |cast: &Cast| {
        let ticket = cast.requester.open("SIMPEG mati").await;
        cast.tier1.resolve(&ticket).await.ok();
        cast.requester.close(&ticket).await.ok()
    };
    holds(&cast, table, made).await;
}

#[actix_web::test]
async fn a_cancelled_ticket_stays_cancelled() {
    let cast = Cast::new().await;
    let table = "
        action    requester  tier1  coordinator  auditor
        assign    403        409    409          403
        start     403        409    403          403
        escalate  403        409    409          403
        consult   403        409    403          403
        pend      403        409    403          403
        resume    403        409    403          403
        resolve   403        409    403          403
        close     409        403    409          403
        reopen    409        409    403          403
        cancel    403        409    409          403
        edit      403        409    409          403
        public    409        409    409          403
        internal  403        409    409          403
    ";
    let made = async |cast: &Cast| {
        let ticket = cast.requester.open("SIMPEG mati").await;
        cast.tier1.cancel(&ticket).await.ok()
    };
    holds(&cast, table, made).await;
}

#[actix_web::test]
async fn whoever_is_not_signed_in_does_nothing() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let nobody = cast.app.anonymous();
    nobody.see(&ticket).await.refused(401);
    for action in ["start", "escalate", "cancel", "public", "edit"] {
        does(&cast, &nobody, &ticket, action).await.refused(401);
    }
    assert_eq!(cast.requester.see(&ticket).await.ok(), ticket);
}

#[actix_web::test]
async fn nobody_of_another_regions_desk_can_be_given_a_ticket() {
    let cast = Cast::new().await;
    let ticket = cast.handed_up().await;
    let foreigner = cast.app.temanggung("tier2.satu").await.id().await;
    cast.tier2.assign(&ticket, &foreigner).await.names("/assignee");
    cast.tier2.assign(&ticket, &cast.second.id().await).await.ok();
}
