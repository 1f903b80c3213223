-- The second factor of a person (RFC 6238): its secret sealed by a key outside the database, waiting until a first
-- code has shown that his device holds it. `last_step` is the newest step whose code was taken; none counts twice.
CREATE TABLE second_factors (
    person_id BLOB PRIMARY KEY REFERENCES people (id),
    secret TEXT NOT NULL,
    created_at TEXT NOT NULL,
    confirmed_at TEXT,
    last_step INTEGER NOT NULL
) STRICT;

-- Codes for whoever lost that device, each for one use; only a keyed hash is stored.
CREATE TABLE recovery_codes (
    person_id BLOB NOT NULL REFERENCES people (id),
    hash TEXT NOT NULL,
    used_at TEXT,
    PRIMARY KEY (person_id, hash)
) STRICT;
