CREATE TABLE regions (
    id BLOB PRIMARY KEY,
    code TEXT NOT NULL CONSTRAINT regions_code UNIQUE,
    name TEXT NOT NULL,
    kemendagri TEXT NOT NULL,
    ticket_prefix TEXT NOT NULL CONSTRAINT regions_ticket_prefix UNIQUE,
    domain TEXT NOT NULL CONSTRAINT regions_domain UNIQUE,
    mail_domain TEXT NOT NULL,
    desk_mailbox TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    language TEXT NOT NULL,
    password_policy TEXT NOT NULL CHECK (password_policy IN ('nist', 'bssn')),
    settings TEXT NOT NULL,
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE opds (
    id BLOB PRIMARY KEY,
    region_id BLOB NOT NULL REFERENCES regions (id),
    code TEXT NOT NULL,
    short_name TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    mailbox TEXT,
    mandiri_tik INTEGER NOT NULL,
    is_provider INTEGER NOT NULL,
    valid_from TEXT,
    valid_until TEXT,
    successor_id BLOB REFERENCES opds (id),
    active INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT opds_region_id_code UNIQUE (region_id, code)
) STRICT;
CREATE INDEX opds_successor ON opds (successor_id);

CREATE TABLE people (
    id BLOB PRIMARY KEY,
    region_id BLOB REFERENCES regions (id),
    name TEXT NOT NULL,
    nip TEXT,
    email TEXT NOT NULL CONSTRAINT people_email UNIQUE,
    phone TEXT,
    language TEXT NOT NULL,
    password_hash TEXT,
    password_set_at TEXT,
    active INTEGER NOT NULL,
    demo INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    deactivated_at TEXT,
    version INTEGER NOT NULL
) STRICT;
-- Whoever moves to another region leaves his number behind in the old one.
CREATE UNIQUE INDEX people_nip ON people (nip) WHERE active;
CREATE INDEX people_region_name ON people (region_id, name, id);

CREATE TABLE grants (
    id BLOB PRIMARY KEY,
    person_id BLOB NOT NULL REFERENCES people (id),
    role TEXT NOT NULL,
    region_id BLOB REFERENCES regions (id),
    opd_id BLOB REFERENCES opds (id),
    granted_by BLOB,
    granted_at TEXT NOT NULL,
    revoked_by BLOB,
    revoked_at TEXT
) STRICT;
CREATE INDEX grants_person ON grants (person_id);
CREATE INDEX grants_region_role ON grants (region_id, role);
CREATE INDEX grants_opd_role ON grants (opd_id, role);
CREATE UNIQUE INDEX grants_active_opd ON grants (person_id, role, opd_id) WHERE revoked_at IS NULL AND opd_id IS NOT NULL;
CREATE UNIQUE INDEX grants_active_region ON grants (person_id, role) WHERE revoked_at IS NULL AND opd_id IS NULL;

CREATE TABLE password_history (
    id BLOB PRIMARY KEY,
    person_id BLOB NOT NULL REFERENCES people (id),
    hash TEXT NOT NULL,
    set_at TEXT NOT NULL
) STRICT;
CREATE INDEX password_history_person ON password_history (person_id, set_at);

CREATE TABLE sessions (
    id BLOB PRIMARY KEY,
    person_id BLOB NOT NULL REFERENCES people (id),
    created_at TEXT NOT NULL,
    refreshed_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    ended_at TEXT,
    end_reason TEXT,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_person ON sessions (person_id, ended_at);

CREATE TABLE refresh_tokens (
    hash TEXT PRIMARY KEY,
    session_id BLOB NOT NULL REFERENCES sessions (id),
    issued_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT
) STRICT;
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

CREATE TABLE one_time_links (
    hash TEXT PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('setup', 'password')),
    person_id BLOB REFERENCES people (id),
    issued_by BLOB,
    issued_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT
) STRICT;
CREATE INDEX one_time_links_person ON one_time_links (person_id);

CREATE TABLE sign_in_attempts (
    key TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at TEXT NOT NULL,
    blocked_until TEXT
) STRICT;

CREATE TABLE services (
    id BLOB PRIMARY KEY,
    region_id BLOB NOT NULL REFERENCES regions (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    owner_opd_id BLOB NOT NULL REFERENCES opds (id),
    provider TEXT NOT NULL CHECK (provider IN ('opd', 'dinkominfo')),
    kinds TEXT NOT NULL,
    impact TEXT NOT NULL,
    urgency TEXT NOT NULL,
    security_incident INTEGER NOT NULL,
    only_opd_id BLOB REFERENCES opds (id),
    active_from TEXT,
    active_until TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT services_region_id_code UNIQUE (region_id, code)
) STRICT;
CREATE INDEX services_owner ON services (owner_opd_id);
CREATE INDEX services_only_opd ON services (only_opd_id);

CREATE TABLE ticket_numbers (
    region_id BLOB NOT NULL REFERENCES regions (id),
    year INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (region_id, year)
) STRICT;

CREATE TABLE tickets (
    id BLOB PRIMARY KEY,
    region_id BLOB NOT NULL REFERENCES regions (id),
    number TEXT NOT NULL CONSTRAINT tickets_number UNIQUE,
    opd_id BLOB NOT NULL REFERENCES opds (id),
    requester_id BLOB NOT NULL REFERENCES people (id),
    opened_by BLOB NOT NULL,
    kind TEXT NOT NULL,
    service_id BLOB REFERENCES services (id),
    subject TEXT NOT NULL,
    description TEXT NOT NULL,
    impact TEXT NOT NULL,
    urgency TEXT NOT NULL,
    priority TEXT NOT NULL,
    classification TEXT NOT NULL,
    channel TEXT NOT NULL,
    status TEXT NOT NULL,
    pending_reason TEXT,
    pending_until TEXT,
    tier INTEGER NOT NULL CHECK (tier IN (1, 2)),
    assignee_id BLOB REFERENCES people (id),
    escalated_by BLOB,
    reached_tier2 INTEGER NOT NULL,
    consulted INTEGER NOT NULL,
    awaits_acceptance INTEGER NOT NULL,
    bounces INTEGER NOT NULL,
    resolution TEXT,
    cause TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    resolved_at TEXT,
    closed_at TEXT,
    version INTEGER NOT NULL,
    CHECK ((status = 'pending') = (pending_reason IS NOT NULL)),
    CHECK (tier = 1 OR reached_tier2)
) STRICT;
CREATE INDEX tickets_region_created ON tickets (region_id, created_at, id);
CREATE INDEX tickets_region_status_created ON tickets (region_id, status, created_at, id);
CREATE INDEX tickets_opd_created ON tickets (opd_id, created_at, id);
CREATE INDEX tickets_opd_status_created ON tickets (opd_id, status, created_at, id);
CREATE INDEX tickets_requester_created ON tickets (requester_id, created_at, id);
CREATE INDEX tickets_assignee_status ON tickets (assignee_id, status, created_at, id);
CREATE INDEX tickets_service ON tickets (service_id);
CREATE INDEX tickets_tier2_created ON tickets (region_id, created_at, id) WHERE reached_tier2 OR consulted;
CREATE INDEX tickets_region_priority ON tickets (region_id, priority, created_at, id);

CREATE TABLE ticket_texts (
    doc INTEGER PRIMARY KEY,
    ticket_id BLOB NOT NULL CONSTRAINT ticket_texts_ticket_id UNIQUE REFERENCES tickets (id),
    terms TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE ticket_fts USING fts5 (terms, content = 'ticket_texts', content_rowid = 'doc', tokenize = 'unicode61 remove_diacritics 0');
CREATE TRIGGER ticket_texts_added AFTER INSERT ON ticket_texts BEGIN
    INSERT INTO ticket_fts (rowid, terms) VALUES (new.doc, new.terms);
END;
CREATE TRIGGER ticket_texts_removed AFTER DELETE ON ticket_texts BEGIN
    INSERT INTO ticket_fts (ticket_fts, rowid, terms) VALUES ('delete', old.doc, old.terms);
END;
CREATE TRIGGER ticket_texts_changed AFTER UPDATE ON ticket_texts BEGIN
    INSERT INTO ticket_fts (ticket_fts, rowid, terms) VALUES ('delete', old.doc, old.terms);
    INSERT INTO ticket_fts (rowid, terms) VALUES (new.doc, new.terms);
END;

CREATE TABLE handovers (
    id BLOB PRIMARY KEY,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    kind TEXT NOT NULL CHECK (kind IN ('direct', 'escalate', 'return', 'consult')),
    by_id BLOB,
    at TEXT NOT NULL,
    words TEXT NOT NULL,
    accepted_by BLOB,
    accepted_at TEXT
) STRICT;
CREATE INDEX handovers_ticket ON handovers (ticket_id, at);

CREATE TABLE events (
    id BLOB PRIMARY KEY,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    version INTEGER NOT NULL,
    at TEXT NOT NULL,
    actor_id BLOB,
    kind TEXT NOT NULL,
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'internal')),
    data TEXT NOT NULL,
    staff_data TEXT NOT NULL
) STRICT;
CREATE INDEX events_ticket ON events (ticket_id, at, id);

CREATE TABLE comments (
    id BLOB PRIMARY KEY,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    author_id BLOB NOT NULL REFERENCES people (id),
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'internal')),
    body TEXT NOT NULL,
    channel TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX comments_ticket ON comments (ticket_id, created_at, id);
CREATE INDEX comments_author ON comments (author_id);

CREATE TABLE attachments (
    id BLOB PRIMARY KEY,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'internal')),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    uploaded_by BLOB NOT NULL REFERENCES people (id),
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX attachments_ticket ON attachments (ticket_id, created_at, id);
CREATE INDEX attachments_uploader ON attachments (uploaded_by);
CREATE INDEX attachments_sha256 ON attachments (sha256);

CREATE TABLE watchers (
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    person_id BLOB NOT NULL REFERENCES people (id),
    added_by BLOB NOT NULL,
    added_at TEXT NOT NULL,
    PRIMARY KEY (ticket_id, person_id)
) STRICT;
CREATE INDEX watchers_person ON watchers (person_id);

CREATE TABLE ticket_links (
    id BLOB PRIMARY KEY,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    other_id BLOB NOT NULL REFERENCES tickets (id),
    kind TEXT NOT NULL CHECK (kind IN ('related', 'duplicate_of', 'caused_by')),
    by_id BLOB NOT NULL,
    at TEXT NOT NULL,
    CONSTRAINT ticket_links_ticket_id_other_id_kind UNIQUE (ticket_id, other_id, kind),
    CHECK (ticket_id <> other_id)
) STRICT;
CREATE INDEX ticket_links_other ON ticket_links (other_id);

CREATE TABLE ratings (
    ticket_id BLOB PRIMARY KEY REFERENCES tickets (id),
    person_id BLOB NOT NULL REFERENCES people (id),
    stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    comment TEXT,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX ratings_person ON ratings (person_id);

CREATE TABLE notices (
    id BLOB PRIMARY KEY,
    person_id BLOB NOT NULL REFERENCES people (id),
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    kind TEXT NOT NULL,
    created_at TEXT NOT NULL,
    read_at TEXT
) STRICT;
CREATE INDEX notices_person ON notices (person_id, created_at, id);
CREATE INDEX notices_ticket ON notices (ticket_id);

CREATE TABLE idempotency_keys (
    person_id BLOB NOT NULL REFERENCES people (id),
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER,
    location TEXT,
    etag TEXT,
    body TEXT,
    created_at TEXT NOT NULL,
    PRIMARY KEY (person_id, key)
) STRICT;
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

CREATE TABLE audit_entries (
    id BLOB PRIMARY KEY,
    region_id BLOB,
    at TEXT NOT NULL,
    actor_id BLOB,
    action TEXT NOT NULL,
    object_type TEXT NOT NULL,
    object_id BLOB,
    request_id TEXT NOT NULL,
    address TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_entries_region ON audit_entries (region_id, at, id);
-- Accident protection (L13): nobody changes or removes an entry through this program.
CREATE TRIGGER audit_entries_keep BEFORE UPDATE ON audit_entries BEGIN
    SELECT raise(ABORT, 'audit entries are never changed');
END;
CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries BEGIN
    SELECT raise(ABORT, 'audit entries are never removed');
END;
