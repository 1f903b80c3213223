//! Tables as diesel sees them; written by hand, held against both databases by `tests/it/schema.rs`.
#![allow(
    missing_docs,
    clippy::wildcard_imports,
    reason = "the tables are told in docs/data-dictionary.md; diesel's macro wants the types in scope"
)]

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    regions (id) {
        id -> Uid,
        code -> Text,
        name -> Text,
        kemendagri -> Text,
        ticket_prefix -> Text,
        domain -> Text,
        mail_domain -> Text,
        desk_mailbox -> Text,
        time_zone -> Text,
        language -> Text,
        password_policy -> Text,
        settings -> Doc,
        created_at -> Tstz,
        version -> Integer,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    opds (id) {
        id -> Uid,
        region_id -> Uid,
        code -> Text,
        short_name -> Text,
        name -> Text,
        kind -> Text,
        mailbox -> Nullable<Text>,
        mandiri_tik -> Bool,
        is_provider -> Bool,
        valid_from -> Nullable<Date>,
        valid_until -> Nullable<Date>,
        successor_id -> Nullable<Uid>,
        active -> Bool,
        created_at -> Tstz,
        updated_at -> Tstz,
        version -> Integer,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    people (id) {
        id -> Uid,
        region_id -> Nullable<Uid>,
        name -> Text,
        nip -> Nullable<Text>,
        email -> Text,
        phone -> Nullable<Text>,
        language -> Text,
        password_hash -> Nullable<Text>,
        password_set_at -> Nullable<Tstz>,
        active -> Bool,
        demo -> Bool,
        created_at -> Tstz,
        updated_at -> Tstz,
        deactivated_at -> Nullable<Tstz>,
        version -> Integer,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    grants (id) {
        id -> Uid,
        person_id -> Uid,
        role -> Text,
        region_id -> Nullable<Uid>,
        opd_id -> Nullable<Uid>,
        granted_by -> Nullable<Uid>,
        granted_at -> Tstz,
        revoked_by -> Nullable<Uid>,
        revoked_at -> Nullable<Tstz>,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    password_history (id) {
        id -> Uid,
        person_id -> Uid,
        hash -> Text,
        set_at -> Tstz,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    sessions (id) {
        id -> Uid,
        person_id -> Uid,
        created_at -> Tstz,
        refreshed_at -> Tstz,
        expires_at -> Tstz,
        ended_at -> Nullable<Tstz>,
        end_reason -> Nullable<Text>,
        address -> Text,
        agent -> Text,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    refresh_tokens (hash) {
        hash -> Text,
        session_id -> Uid,
        issued_at -> Tstz,
        expires_at -> Tstz,
        used_at -> Nullable<Tstz>,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    one_time_links (hash) {
        hash -> Text,
        purpose -> Text,
        person_id -> Nullable<Uid>,
        issued_by -> Nullable<Uid>,
        issued_at -> Tstz,
        expires_at -> Tstz,
        used_at -> Nullable<Tstz>,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    sign_in_attempts (key) {
        key -> Text,
        failures -> Integer,
        last_at -> Tstz,
        blocked_until -> Nullable<Tstz>,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    services (id) {
        id -> Uid,
        region_id -> Uid,
        code -> Text,
        name -> Text,
        description -> Text,
        owner_opd_id -> Uid,
        provider -> Text,
        kinds -> Text,
        impact -> Text,
        urgency -> Text,
        security_incident -> Bool,
        only_opd_id -> Nullable<Uid>,
        active_from -> Nullable<Date>,
        active_until -> Nullable<Date>,
        created_at -> Tstz,
        updated_at -> Tstz,
        version -> Integer,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    ticket_numbers (region_id, year) {
        region_id -> Uid,
        year -> Integer,
        last -> Integer,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    tickets (id) {
        id -> Uid,
        region_id -> Uid,
        number -> Text,
        opd_id -> Uid,
        requester_id -> Uid,
        opened_by -> Uid,
        kind -> Text,
        service_id -> Nullable<Uid>,
        subject -> Text,
        description -> Text,
        impact -> Text,
        urgency -> Text,
        priority -> Text,
        classification -> Text,
        channel -> Text,
        status -> Text,
        pending_reason -> Nullable<Text>,
        pending_until -> Nullable<Tstz>,
        tier -> Integer,
        assignee_id -> Nullable<Uid>,
        escalated_by -> Nullable<Uid>,
        reached_tier2 -> Bool,
        consulted -> Bool,
        awaits_acceptance -> Bool,
        bounces -> Integer,
        resolution -> Nullable<Text>,
        cause -> Nullable<Text>,
        created_at -> Tstz,
        updated_at -> Tstz,
        resolved_at -> Nullable<Tstz>,
        closed_at -> Nullable<Tstz>,
        version -> Integer,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    ticket_texts (doc) {
        doc -> BigInt,
        ticket_id -> Uid,
        terms -> Text,
        region_id -> Uid,
        opd_id -> Uid,
        requester_id -> Uid,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::Uid;
    /// The index of words: a virtual table on SQLite, a view on PostgreSQL.
    ticket_fts (rowid) {
        /// `ticket_texts.doc`: later tickets have higher ones.
        rowid -> BigInt,
        ticket_id -> Uid,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    handovers (id) {
        id -> Uid,
        ticket_id -> Uid,
        kind -> Text,
        by_id -> Nullable<Uid>,
        at -> Tstz,
        words -> Doc,
        accepted_by -> Nullable<Uid>,
        accepted_at -> Nullable<Tstz>,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    events (id) {
        id -> Uid,
        ticket_id -> Uid,
        version -> Integer,
        at -> Tstz,
        actor_id -> Nullable<Uid>,
        kind -> Text,
        visibility -> Text,
        data -> Doc,
        staff_data -> Doc,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    comments (id) {
        id -> Uid,
        ticket_id -> Uid,
        author_id -> Uid,
        visibility -> Text,
        body -> Text,
        channel -> Text,
        created_at -> Tstz,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    attachments (id) {
        id -> Uid,
        ticket_id -> Uid,
        visibility -> Text,
        name -> Text,
        media_type -> Text,
        size -> BigInt,
        sha256 -> Text,
        uploaded_by -> Uid,
        created_at -> Tstz,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    watchers (ticket_id, person_id) {
        ticket_id -> Uid,
        person_id -> Uid,
        added_by -> Uid,
        added_at -> Tstz,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    ticket_links (id) {
        id -> Uid,
        ticket_id -> Uid,
        other_id -> Uid,
        kind -> Text,
        by_id -> Uid,
        at -> Tstz,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    ratings (ticket_id) {
        ticket_id -> Uid,
        person_id -> Uid,
        stars -> Integer,
        comment -> Nullable<Text>,
        at -> Tstz,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    notices (id) {
        id -> Uid,
        person_id -> Uid,
        ticket_id -> Uid,
        kind -> Text,
        created_at -> Tstz,
        read_at -> Nullable<Tstz>,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    idempotency_keys (person_id, key) {
        person_id -> Uid,
        key -> Text,
        fingerprint -> Text,
        status -> Nullable<Integer>,
        location -> Nullable<Text>,
        etag -> Nullable<Text>,
        body -> Nullable<Text>,
        created_at -> Tstz,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    audit_entries (id) {
        id -> Uid,
        region_id -> Nullable<Uid>,
        at -> Tstz,
        actor_id -> Nullable<Uid>,
        action -> Text,
        object_type -> Text,
        object_id -> Nullable<Uid>,
        request_id -> Text,
        address -> Text,
        detail -> Text,
        leaf -> Nullable<Binary>,
        salt -> Nullable<Binary>,
        leaf_index -> Nullable<BigInt>,
        erased_by -> Nullable<Uid>,
    }
}

diesel::table! {
    use crate::db::types::Uid;
    use diesel::sql_types::*;

    audit_heads (log_id) {
        log_id -> Uid,
        origin -> Text,
        epoch -> Integer,
        size -> BigInt,
        root -> Binary,
        mailed_on -> Nullable<Date>,
    }
}

diesel::table! {
    use crate::db::types::Uid;
    use diesel::sql_types::*;

    audit_tiles (log_id, level, position) {
        log_id -> Uid,
        level -> Integer,
        position -> BigInt,
        hashes -> Binary,
    }
}

diesel::table! {
    use crate::db::types::{Tstz, Uid};
    use diesel::sql_types::*;

    audit_checkpoints (log_id, epoch, size) {
        log_id -> Uid,
        epoch -> Integer,
        size -> BigInt,
        signed_at -> Tstz,
        note -> Text,
        previous -> Nullable<Binary>,
    }
}

diesel::table! {
    use crate::db::types::{Tstz, Uid};
    use diesel::sql_types::*;

    restores (id) {
        id -> Uid,
        backup_at -> Tstz,
        restored_at -> Tstz,
        fingerprint -> Text,
        released_at -> Nullable<Tstz>,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    calendars (id) {
        id -> Uid,
        region_id -> Uid,
        code -> Text,
        name -> Text,
        is_default -> Bool,
        keeps_holidays -> Bool,
        definition -> Doc,
        edition_id -> Uid,
        created_at -> Tstz,
        updated_at -> Tstz,
        version -> Integer,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    calendar_editions (id) {
        id -> Uid,
        calendar_id -> Uid,
        number -> Integer,
        document -> Doc,
        by_id -> Nullable<Uid>,
        at -> Tstz,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    opd_calendars (opd_id) {
        opd_id -> Uid,
        calendar_id -> Uid,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    holidays (region_id, day) {
        region_id -> Uid,
        day -> Date,
        name -> Text,
        kind -> Text,
        source -> Text,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    agreements (id) {
        id -> Uid,
        region_id -> Uid,
        code -> Text,
        name -> Text,
        provider -> Text,
        consumer -> Text,
        consumer_opd_id -> Nullable<Uid>,
        consumer_service_id -> Nullable<Uid>,
        valid_from -> Date,
        valid_until -> Nullable<Date>,
        version_id -> Uid,
        created_at -> Tstz,
        updated_at -> Tstz,
        version -> Integer,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    agreement_versions (id) {
        id -> Uid,
        agreement_id -> Uid,
        number -> Integer,
        terms -> Doc,
        by_id -> Nullable<Uid>,
        at -> Tstz,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    sla_clocks (id) {
        id -> Uid,
        ticket_id -> Uid,
        region_id -> Uid,
        metric -> Text,
        cycle -> Integer,
        version_id -> Uid,
        edition_id -> Uid,
        started_at -> Tstz,
        target_seconds -> BigInt,
        basis -> Text,
        banked_micros -> BigInt,
        since -> Nullable<Tstz>,
        due_at -> Nullable<Tstz>,
        paused_at -> Nullable<Tstz>,
        stopped_at -> Nullable<Tstz>,
        breached_at -> Nullable<Tstz>,
        outcome -> Nullable<Text>,
        risk_at -> Nullable<Tstz>,
        next_level -> Nullable<Text>,
        next_at -> Nullable<Tstz>,
        waived -> Bool,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    sla_facts (clock_id, place) {
        clock_id -> Uid,
        place -> Integer,
        at -> Tstz,
        fact -> Doc,
        by_id -> Nullable<Uid>,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    sla_firings (clock_id, level, arming) {
        clock_id -> Uid,
        level -> Text,
        arming -> Integer,
        reached_at -> Tstz,
        fired_at -> Tstz,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    sla_waivers (id) {
        id -> Uid,
        ticket_id -> Uid,
        clock_id -> Uid,
        reason -> Text,
        asked_by -> Uid,
        asked_at -> Tstz,
        granted -> Nullable<Bool>,
        remark -> Nullable<Text>,
        decided_by -> Nullable<Uid>,
        decided_at -> Nullable<Tstz>,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    ticket_deadlines (ticket_id) {
        ticket_id -> Uid,
        region_id -> Uid,
        due_at -> Nullable<Tstz>,
        risk_at -> Nullable<Tstz>,
        breached_at -> Nullable<Tstz>,
        close_at -> Nullable<Tstz>,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    mails (id) {
        id -> Uid,
        region_id -> Uid,
        ticket_id -> Nullable<Uid>,
        person_id -> Nullable<Uid>,
        ticket_number -> Nullable<Text>,
        recipient -> Text,
        turn -> Integer,
        kind -> Text,
        lane -> Integer,
        language -> Text,
        secret -> Bool,
        facts -> Doc,
        message_id -> Nullable<Text>,
        message -> Nullable<Binary>,
        carrier_id -> Nullable<Uid>,
        state -> Text,
        attempts -> Integer,
        next_try_at -> Tstz,
        give_up_at -> Tstz,
        lease_until -> Nullable<Tstz>,
        fence -> Integer,
        last_error -> Nullable<Text>,
        created_at -> Tstz,
        tried_at -> Nullable<Tstz>,
        sent_at -> Nullable<Tstz>,
        event_id -> Nullable<Uid>,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    mail_choices (person_id, topic) {
        person_id -> Uid,
        topic -> Text,
    }
}

diesel::table! {
    use crate::db::types::{Doc, Tstz, Uid};
    use diesel::sql_types::*;

    digests (person_id, day) {
        person_id -> Uid,
        day -> Date,
        created_at -> Tstz,
        told_at -> Nullable<Tstz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Tstz, Uid};
    inbound_mails (id) {
        id -> Uid,
        region_id -> Nullable<Uid>,
        mailbox -> Text,
        uid_validity -> BigInt,
        uid -> BigInt,
        hash -> Text,
        raw -> Nullable<Binary>,
        size -> BigInt,
        is_cut -> Bool,
        received_at -> Tstz,
        state -> Text,
        why -> Nullable<Text>,
        sender -> Nullable<Text>,
        message_key -> Nullable<Text>,
        words -> Nullable<Text>,
        ticket_id -> Nullable<Uid>,
        ticket_number -> Nullable<Text>,
        comment_id -> Nullable<Uid>,
        mail_id -> Nullable<Uid>,
        secret -> Bool,
        attempts -> Integer,
        next_try_at -> Tstz,
        lease_until -> Nullable<Tstz>,
        fence -> Integer,
        last_error -> Nullable<Text>,
        acted_at -> Nullable<Tstz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::Tstz;
    mailboxes (name) {
        name -> Text,
        uid_validity -> Nullable<BigInt>,
        reached -> BigInt,
        lease_until -> Nullable<Tstz>,
        fence -> Integer,
        fetched_at -> Nullable<Tstz>,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Tstz, Uid};
    mail_bounces (id) {
        id -> Uid,
        region_id -> Uid,
        mail_id -> Uid,
        inbound_id -> Nullable<Uid>,
        recipient -> Text,
        lasting -> Bool,
        status -> Text,
        detail -> Text,
        at -> Tstz,
        cleared_at -> Nullable<Tstz>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Tstz, Uid};
    saved_views (id) {
        id -> Uid,
        region_id -> Uid,
        owner_id -> Uid,
        desk -> Text,
        opd_id -> Nullable<Uid>,
        name -> Text,
        filter -> Text,
        created_at -> Tstz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Tstz, Uid};
    canned_answers (id) {
        id -> Uid,
        region_id -> Uid,
        owner_id -> Uid,
        desk -> Text,
        opd_id -> Nullable<Uid>,
        name -> Text,
        body -> Text,
        created_at -> Tstz,
        updated_at -> Tstz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Doc, Tstz, Uid};
    drafts (person_id, about) {
        person_id -> Uid,
        about -> Text,
        words -> Doc,
        updated_at -> Tstz,
    }
}

diesel::table! {
    use crate::db::types::{Tstz, Uid};
    presences (session_id, ticket_id) {
        session_id -> Uid,
        ticket_id -> Uid,
        person_id -> Uid,
        seen_at -> Tstz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Tstz, Uid};
    second_factors (person_id) {
        person_id -> Uid,
        secret -> Text,
        created_at -> Tstz,
        confirmed_at -> Nullable<Tstz>,
        last_step -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::db::types::{Tstz, Uid};
    recovery_codes (person_id, hash) {
        person_id -> Uid,
        hash -> Text,
        used_at -> Nullable<Tstz>,
    }
}

diesel::joinable!(grants -> people (person_id));
diesel::joinable!(sessions -> people (person_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(one_time_links -> people (person_id));
diesel::joinable!(ticket_deadlines -> tickets (ticket_id));
diesel::joinable!(ticket_fts -> tickets (ticket_id));
diesel::joinable!(sla_facts -> sla_clocks (clock_id));

diesel::allow_tables_to_appear_in_same_query!(
    regions,
    opds,
    people,
    grants,
    password_history,
    sessions,
    refresh_tokens,
    one_time_links,
    sign_in_attempts,
    services,
    ticket_numbers,
    tickets,
    ticket_texts,
    ticket_fts,
    handovers,
    events,
    comments,
    attachments,
    watchers,
    ticket_links,
    ratings,
    notices,
    idempotency_keys,
    audit_entries,
    audit_heads,
    audit_tiles,
    audit_checkpoints,
    restores,
    calendars,
    calendar_editions,
    opd_calendars,
    holidays,
    agreements,
    agreement_versions,
    sla_clocks,
    sla_facts,
    sla_firings,
    sla_waivers,
    ticket_deadlines,
    mails,
    inbound_mails,
    mail_bounces,
    mailboxes,
    mail_choices,
    digests,
    saved_views,
    canned_answers,
    drafts,
    presences,
    second_factors,
    recovery_codes,
);
