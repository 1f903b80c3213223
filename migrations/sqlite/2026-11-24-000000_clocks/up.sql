-- Working time (docs/architecture.md, "Clocks"). An edition is a calendar as it was at a time; it never changes.
CREATE TABLE calendars (
    id BLOB PRIMARY KEY,
    region_id BLOB NOT NULL REFERENCES regions (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    is_default INTEGER NOT NULL,
    keeps_holidays INTEGER NOT NULL,
    definition TEXT NOT NULL,
    edition_id BLOB NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT calendars_region_id_code UNIQUE (region_id, code)
) STRICT;
CREATE UNIQUE INDEX calendars_default ON calendars (region_id) WHERE is_default;

CREATE TABLE calendar_editions (
    id BLOB PRIMARY KEY,
    calendar_id BLOB NOT NULL REFERENCES calendars (id),
    number INTEGER NOT NULL,
    document TEXT NOT NULL,
    by_id BLOB,
    at TEXT NOT NULL,
    CONSTRAINT calendar_editions_calendar_id_number UNIQUE (calendar_id, number)
) STRICT;

-- Organisations that do not keep the hours of their region.
CREATE TABLE opd_calendars (
    opd_id BLOB PRIMARY KEY REFERENCES opds (id),
    calendar_id BLOB NOT NULL REFERENCES calendars (id)
) STRICT;
CREATE INDEX opd_calendars_calendar ON opd_calendars (calendar_id);

CREATE TABLE holidays (
    region_id BLOB NOT NULL REFERENCES regions (id),
    day TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('imported', 'manual')),
    PRIMARY KEY (region_id, day)
) STRICT;

-- Who promises what to whom (B1). A version never changes.
CREATE TABLE agreements (
    id BLOB PRIMARY KEY,
    region_id BLOB NOT NULL REFERENCES regions (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    provider TEXT NOT NULL,
    consumer TEXT NOT NULL CHECK (consumer IN ('region', 'opd', 'service')),
    consumer_opd_id BLOB REFERENCES opds (id),
    consumer_service_id BLOB REFERENCES services (id),
    valid_from TEXT NOT NULL,
    valid_until TEXT,
    version_id BLOB NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT agreements_region_id_code UNIQUE (region_id, code),
    CHECK ((consumer = 'opd') = (consumer_opd_id IS NOT NULL)),
    CHECK ((consumer = 'service') = (consumer_service_id IS NOT NULL))
) STRICT;
CREATE INDEX agreements_opd ON agreements (consumer_opd_id);
CREATE INDEX agreements_service ON agreements (consumer_service_id);

CREATE TABLE agreement_versions (
    id BLOB PRIMARY KEY,
    agreement_id BLOB NOT NULL REFERENCES agreements (id),
    number INTEGER NOT NULL,
    terms TEXT NOT NULL,
    by_id BLOB,
    at TEXT NOT NULL,
    CONSTRAINT agreement_versions_agreement_id_number UNIQUE (agreement_id, number)
) STRICT;

-- One row a metric and cycle of a ticket. What stands from target_seconds on is derived from the facts.
CREATE TABLE sla_clocks (
    id BLOB PRIMARY KEY,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    region_id BLOB NOT NULL,
    metric TEXT NOT NULL,
    cycle INTEGER NOT NULL,
    version_id BLOB NOT NULL REFERENCES agreement_versions (id),
    edition_id BLOB NOT NULL REFERENCES calendar_editions (id),
    started_at TEXT NOT NULL,
    target_seconds INTEGER NOT NULL,
    basis TEXT NOT NULL CHECK (basis IN ('calendar', 'round_the_clock')),
    banked_micros INTEGER NOT NULL,
    since TEXT,
    due_at TEXT,
    paused_at TEXT,
    stopped_at TEXT,
    breached_at TEXT,
    outcome TEXT,
    risk_at TEXT,
    next_level TEXT,
    next_at TEXT,
    waived INTEGER NOT NULL,
    CONSTRAINT sla_clocks_ticket_id_metric_cycle UNIQUE (ticket_id, metric, cycle),
    CHECK ((stopped_at IS NULL) = (outcome IS NULL)),
    CHECK ((next_at IS NULL) = (next_level IS NULL))
) STRICT;
CREATE INDEX sla_clocks_next ON sla_clocks (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX sla_clocks_version ON sla_clocks (version_id);
CREATE INDEX sla_clocks_edition ON sla_clocks (edition_id);
CREATE INDEX sla_clocks_running ON sla_clocks (region_id, version_id) WHERE stopped_at IS NULL;

-- What happened to a clock, in order; rows are only ever added.
CREATE TABLE sla_facts (
    clock_id BLOB NOT NULL REFERENCES sla_clocks (id),
    place INTEGER NOT NULL,
    at TEXT NOT NULL,
    fact TEXT NOT NULL,
    by_id BLOB,
    PRIMARY KEY (clock_id, place)
) STRICT;

-- Levels that were told: each once per clock and arming, whatever the number of nodes.
CREATE TABLE sla_firings (
    clock_id BLOB NOT NULL REFERENCES sla_clocks (id),
    level TEXT NOT NULL,
    arming INTEGER NOT NULL,
    reached_at TEXT NOT NULL,
    fired_at TEXT NOT NULL,
    PRIMARY KEY (clock_id, level, arming)
) STRICT;

CREATE TABLE sla_waivers (
    id BLOB PRIMARY KEY,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    clock_id BLOB NOT NULL REFERENCES sla_clocks (id),
    reason TEXT NOT NULL,
    asked_by BLOB NOT NULL,
    asked_at TEXT NOT NULL,
    granted INTEGER,
    remark TEXT,
    decided_by BLOB,
    decided_at TEXT,
    CHECK ((granted IS NULL) = (decided_by IS NULL)),
    CHECK (decided_by IS NULL OR decided_by <> asked_by)
) STRICT;
CREATE INDEX sla_waivers_ticket ON sla_waivers (ticket_id, asked_at);
CREATE UNIQUE INDEX sla_waivers_open ON sla_waivers (clock_id) WHERE granted IS NULL;
CREATE INDEX sla_waivers_clock ON sla_waivers (clock_id);

-- What a ticket's clocks come to, for lists; and when it closes by itself.
CREATE TABLE ticket_deadlines (
    ticket_id BLOB PRIMARY KEY REFERENCES tickets (id),
    region_id BLOB NOT NULL,
    due_at TEXT,
    risk_at TEXT,
    breached_at TEXT,
    close_at TEXT
) STRICT;
CREATE INDEX ticket_deadlines_due ON ticket_deadlines (region_id, due_at, ticket_id) WHERE due_at IS NOT NULL;
CREATE INDEX ticket_deadlines_breached ON ticket_deadlines (region_id, breached_at) WHERE breached_at IS NOT NULL;
CREATE INDEX ticket_deadlines_close ON ticket_deadlines (close_at) WHERE close_at IS NOT NULL;
CREATE INDEX tickets_pending_until ON tickets (pending_until) WHERE pending_until IS NOT NULL;
