-- What people keep for their work at a desk: views of the queue and canned answers, for themselves or for the desk that they
-- serve; drafts; and who has a ticket open.
CREATE TABLE saved_views (
    id UUID PRIMARY KEY,
    region_id UUID NOT NULL REFERENCES regions (id),
    owner_id UUID NOT NULL REFERENCES people (id),
    desk TEXT NOT NULL CHECK (desk IN ('own', 'tier1', 'tier2')),
    opd_id UUID REFERENCES opds (id),
    name TEXT NOT NULL,
    filter TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    CHECK ((desk = 'tier1') = (opd_id IS NOT NULL))
);
CREATE INDEX saved_views_region ON saved_views (region_id, name, id);
CREATE INDEX saved_views_owner ON saved_views (owner_id);
CREATE INDEX saved_views_opd ON saved_views (opd_id);

CREATE TABLE canned_answers (
    id UUID PRIMARY KEY,
    region_id UUID NOT NULL REFERENCES regions (id),
    owner_id UUID NOT NULL REFERENCES people (id),
    desk TEXT NOT NULL CHECK (desk IN ('own', 'tier1', 'tier2')),
    opd_id UUID REFERENCES opds (id),
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    CHECK ((desk = 'tier1') = (opd_id IS NOT NULL))
);
CREATE INDEX canned_answers_region ON canned_answers (region_id, name, id);
CREATE INDEX canned_answers_owner ON canned_answers (owner_id);
CREATE INDEX canned_answers_opd ON canned_answers (opd_id);

-- What somebody has typed and not sent. It names a ticket only by its text, so that nobody but its writer is led to it.
CREATE TABLE drafts (
    person_id UUID NOT NULL REFERENCES people (id),
    about TEXT NOT NULL,
    words JSONB NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (person_id, about)
);
CREATE INDEX drafts_updated ON drafts (updated_at);

CREATE TABLE presences (
    session_id UUID NOT NULL REFERENCES sessions (id),
    ticket_id UUID NOT NULL REFERENCES tickets (id),
    person_id UUID NOT NULL REFERENCES people (id),
    seen_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (session_id, ticket_id)
);
CREATE INDEX presences_ticket ON presences (ticket_id, seen_at);
CREATE INDEX presences_person ON presences (person_id);
CREATE INDEX presences_seen ON presences (seen_at);

-- What is new, for pages that stand open.
CREATE INDEX events_at ON events (at, id);
