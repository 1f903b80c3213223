-- Working time (docs/architecture.md, "Clocks"). An edition is a calendar as it was at a time; it never changes.
CREATE TABLE calendars (
    id UUID PRIMARY KEY,
    region_id UUID NOT NULL REFERENCES regions (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    is_default BOOLEAN NOT NULL,
    keeps_holidays BOOLEAN NOT NULL,
    definition JSONB NOT NULL,
    edition_id UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT calendars_region_id_code UNIQUE (region_id, code)
);
CREATE UNIQUE INDEX calendars_default ON calendars (region_id) WHERE is_default;

CREATE TABLE calendar_editions (
    id UUID PRIMARY KEY,
    calendar_id UUID NOT NULL REFERENCES calendars (id),
    number INTEGER NOT NULL,
    document JSONB NOT NULL,
    by_id UUID,
    at TIMESTAMPTZ NOT NULL,
    CONSTRAINT calendar_editions_calendar_id_number UNIQUE (calendar_id, number)
);

-- Organisations that do not keep the hours of their region.
CREATE TABLE opd_calendars (
    opd_id UUID PRIMARY KEY REFERENCES opds (id),
    calendar_id UUID NOT NULL REFERENCES calendars (id)
);
CREATE INDEX opd_calendars_calendar ON opd_calendars (calendar_id);

CREATE TABLE holidays (
    region_id UUID NOT NULL REFERENCES regions (id),
    day DATE NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('imported', 'manual')),
    PRIMARY KEY (region_id, day)
);

-- Who promises what to whom (B1). A version never changes.
CREATE TABLE agreements (
    id UUID PRIMARY KEY,
    region_id UUID NOT NULL REFERENCES regions (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    provider TEXT NOT NULL,
    consumer TEXT NOT NULL CHECK (consumer IN ('region', 'opd', 'service')),
    consumer_opd_id UUID REFERENCES opds (id),
    consumer_service_id UUID REFERENCES services (id),
    valid_from DATE NOT NULL,
    valid_until DATE,
    version_id UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT agreements_region_id_code UNIQUE (region_id, code),
    CHECK ((consumer = 'opd') = (consumer_opd_id IS NOT NULL)),
    CHECK ((consumer = 'service') = (consumer_service_id IS NOT NULL))
);
CREATE INDEX agreements_opd ON agreements (consumer_opd_id);
CREATE INDEX agreements_service ON agreements (consumer_service_id);

CREATE TABLE agreement_versions (
    id UUID PRIMARY KEY,
    agreement_id UUID NOT NULL REFERENCES agreements (id),
    number INTEGER NOT NULL,
    terms JSONB NOT NULL,
    by_id UUID,
    at TIMESTAMPTZ NOT NULL,
    CONSTRAINT agreement_versions_agreement_id_number UNIQUE (agreement_id, number)
);

-- One row a metric and cycle of a ticket. What stands from target_seconds on is derived from the facts.
CREATE TABLE sla_clocks (
    id UUID PRIMARY KEY,
    ticket_id UUID NOT NULL REFERENCES tickets (id),
    region_id UUID NOT NULL,
    metric TEXT NOT NULL,
    cycle INTEGER NOT NULL,
    version_id UUID NOT NULL REFERENCES agreement_versions (id),
    edition_id UUID NOT NULL REFERENCES calendar_editions (id),
    started_at TIMESTAMPTZ NOT NULL,
    target_seconds BIGINT NOT NULL,
    basis TEXT NOT NULL CHECK (basis IN ('calendar', 'round_the_clock')),
    banked_micros BIGINT NOT NULL,
    since TIMESTAMPTZ,
    due_at TIMESTAMPTZ,
    paused_at TIMESTAMPTZ,
    stopped_at TIMESTAMPTZ,
    breached_at TIMESTAMPTZ,
    outcome TEXT,
    risk_at TIMESTAMPTZ,
    next_level TEXT,
    next_at TIMESTAMPTZ,
    waived BOOLEAN NOT NULL,
    CONSTRAINT sla_clocks_ticket_id_metric_cycle UNIQUE (ticket_id, metric, cycle),
    CHECK ((stopped_at IS NULL) = (outcome IS NULL)),
    CHECK ((next_at IS NULL) = (next_level IS NULL))
);
CREATE INDEX sla_clocks_next ON sla_clocks (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX sla_clocks_version ON sla_clocks (version_id);
CREATE INDEX sla_clocks_edition ON sla_clocks (edition_id);
CREATE INDEX sla_clocks_running ON sla_clocks (region_id, version_id) WHERE stopped_at IS NULL;

-- What happened to a clock, in order; rows are only ever added.
CREATE TABLE sla_facts (
    clock_id UUID NOT NULL REFERENCES sla_clocks (id),
    place INTEGER NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    fact JSONB NOT NULL,
    by_id UUID,
    PRIMARY KEY (clock_id, place)
);

-- Levels that were told: each once per clock and arming, whatever the number of nodes.
CREATE TABLE sla_firings (
    clock_id UUID NOT NULL REFERENCES sla_clocks (id),
    level TEXT NOT NULL,
    arming INTEGER NOT NULL,
    reached_at TIMESTAMPTZ NOT NULL,
    fired_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (clock_id, level, arming)
);

CREATE TABLE sla_waivers (
    id UUID PRIMARY KEY,
    ticket_id UUID NOT NULL REFERENCES tickets (id),
    clock_id UUID NOT NULL REFERENCES sla_clocks (id),
    reason TEXT NOT NULL,
    asked_by UUID NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    granted BOOLEAN,
    remark TEXT,
    decided_by UUID,
    decided_at TIMESTAMPTZ,
    CHECK ((granted IS NULL) = (decided_by IS NULL)),
    CHECK (decided_by IS NULL OR decided_by <> asked_by)
);
CREATE INDEX sla_waivers_ticket ON sla_waivers (ticket_id, asked_at);
CREATE UNIQUE INDEX sla_waivers_open ON sla_waivers (clock_id) WHERE granted IS NULL;
CREATE INDEX sla_waivers_clock ON sla_waivers (clock_id);

-- What a ticket's clocks come to, for lists; and when it closes by itself.
CREATE TABLE ticket_deadlines (
    ticket_id UUID PRIMARY KEY REFERENCES tickets (id),
    region_id UUID NOT NULL,
    due_at TIMESTAMPTZ,
    risk_at TIMESTAMPTZ,
    breached_at TIMESTAMPTZ,
    close_at TIMESTAMPTZ
);
CREATE INDEX ticket_deadlines_due ON ticket_deadlines (region_id, due_at, ticket_id) WHERE due_at IS NOT NULL;
CREATE INDEX ticket_deadlines_breached ON ticket_deadlines (region_id, breached_at) WHERE breached_at IS NOT NULL;
CREATE INDEX ticket_deadlines_close ON ticket_deadlines (close_at) WHERE close_at IS NOT NULL;
CREATE INDEX tickets_pending_until ON tickets (pending_until) WHERE pending_until IS NOT NULL;
