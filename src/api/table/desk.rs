//! Routes of what people keep for their work: views of the queue, canned answers.

use crate::api::desk;
use crate::api::op::Op;
use crate::api::routes::Routes;

/// Adds them.
#[must_use]
pub fn rows(table: Routes) -> Routes {
    table
        .get(
            "/views",
            desk::views,
            Op::new("listViews", "desk", "Views of the queue: one's own, and those of the desks that one serves")
                .asks::<crate::db::page::Paging>()
                .gives_page::<desk::SavedView>()
                .refuses(&[404]),
        )
        .post(
            "/views",
            desk::keep_view,
            Op::new("createView", "desk", "Keep a filter of the queue under a name")
                .takes::<desk::NewView>()
                .gives::<desk::SavedView>(201)
                .refuses(&[404]),
        )
        .delete(
            "/views/{id}",
            desk::remove_view,
            Op::new("removeView", "desk", "Remove a view of one's own").gives_nothing(),
        )
        .get(
            "/answers",
            desk::answers,
            Op::new("listAnswers", "desk", "Canned answers: one's own, and those of the desks that one serves")
                .asks::<crate::db::page::Paging>()
                .gives_page::<desk::CannedView>()
                .refuses(&[404]),
        )
        .post(
            "/answers",
            desk::create_answer,
            Op::new("createAnswer", "desk", "Make a canned answer")
                .takes::<desk::NewCanned>()
                .gives::<desk::CannedView>(201)
                .refuses(&[404]),
        )
        .patch(
            "/answers/{id}",
            desk::change_answer,
            Op::new("changeAnswer", "desk", "Change a canned answer: one's own, or one of one's desk")
                .unversioned()
                .takes::<desk::CannedChange>()
                .gives::<desk::CannedView>(200),
        )
        .delete(
            "/answers/{id}",
            desk::remove_answer,
            Op::new("removeAnswer", "desk", "Remove a canned answer: one's own, or one of one's desk").gives_nothing(),
        )
}
