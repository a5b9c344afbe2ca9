"""The tables of the log and the inbox, and the one function that writes them.

The events table is the one that `eventsourcing` expects (its recorders can read it), with the envelope as further
columns. Nobody may insert but `append`, nobody may change or remove: triggers refuse it even to the owner.
"""

import psycopg
from psycopg import sql

SCHEMA = "aftersales"
CHANNEL = "aftersales_events"
APPEND_LOCK = 4_722_366  # any fixed number: whoever appends holds this advisory lock until commit

CREATE_TABLES = """
CREATE SCHEMA IF NOT EXISTS aftersales;

CREATE TABLE IF NOT EXISTS aftersales.events (
    originator_id      text COLLATE "C" NOT NULL,
    originator_version bigint NOT NULL,
    topic              text COLLATE "C" NOT NULL,
    state              bytea NOT NULL,
    notification_id    bigint NOT NULL,
    recorded_at        timestamptz NOT NULL,
    occurred_at        timestamptz NOT NULL,
    utc_offset         smallint NOT NULL,
    site               text NOT NULL,
    actor              text NOT NULL,
    role               text NOT NULL,
    command_id         text COLLATE "C" NOT NULL,
    correlation_id     text NOT NULL,
    causation_id       text NOT NULL,
    PRIMARY KEY (originator_id, originator_version)
);
-- Not in the table above, so that a log that an older release began gets it the same way, at no cost per event.
ALTER TABLE aftersales.events ADD COLUMN IF NOT EXISTS traceparent text COLLATE "C" NOT NULL DEFAULT '';
CREATE UNIQUE INDEX IF NOT EXISTS events_notification_id_idx ON aftersales.events (notification_id);

CREATE TABLE IF NOT EXISTS aftersales.inbox (
    command_id text COLLATE "C" PRIMARY KEY,
    command    text NOT NULL,
    stream     text COLLATE "C" NOT NULL,
    version    bigint NOT NULL,
    refusal    jsonb,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE IF NOT EXISTS aftersales.attempts (
    command_id text COLLATE "C" PRIMARY KEY,
    attempts   integer NOT NULL
);

CREATE OR REPLACE VIEW aftersales.log AS
SELECT notification_id AS position, originator_id AS stream, originator_version AS version, topic AS name,
       convert_from(state, 'UTF8')::jsonb AS event, occurred_at, recorded_at, site, actor, role,
       command_id, correlation_id, causation_id, traceparent
FROM aftersales.events;
"""

CREATE_GUARDS = """
CREATE OR REPLACE FUNCTION aftersales.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are immutable: % on % is refused; a correction is a new event', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER events_are_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON aftersales.events
    FOR EACH STATEMENT EXECUTE FUNCTION aftersales.refuse_change();
ALTER TABLE aftersales.events ENABLE ALWAYS TRIGGER events_are_immutable;
"""

# Inbox rows first (they may wait for a rival, and are sorted so that no two rivals wait for each other), the lock
# last, then only the INSERT: nobody waits for a client, or for another command's inbox row, while holding the lock.
# Positions are given under the lock, which is released when the transaction is visible, so a reader who saw position n
# has seen everything before it.
CREATE_APPEND = """
DROP FUNCTION IF EXISTS aftersales.append(
    text[], text[], text[], bigint[], text[], text[], bigint[], text[], bytea[],
    timestamptz[], smallint[], text[], text[], text[], text[], text[], text[]
); -- as releases before the trace context had it

CREATE OR REPLACE FUNCTION aftersales.append(
    inbox_ids text[], inbox_commands text[], inbox_streams text[], inbox_versions bigint[], inbox_refusals text[],
    streams text[], versions bigint[], topics text[], states bytea[],
    occurred timestamptz[], offsets smallint[], sites text[], actors text[], roles text[],
    commands text[], correlations text[], causations text[], traceparents text[]
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = aftersales, pg_temp AS $$
DECLARE
    before bigint;
BEGIN
    INSERT INTO inbox (command_id, command, stream, version, refusal)
    SELECT id, command, stream, version, refusal::jsonb
    FROM unnest(inbox_ids, inbox_commands, inbox_streams, inbox_versions, inbox_refusals)
        AS row (id, command, stream, version, refusal)
    ORDER BY id;
    IF cardinality(streams) = 0 THEN
        RETURN NULL;
    END IF;

    PERFORM pg_advisory_xact_lock({lock});
    SELECT coalesce(max(notification_id), 0) INTO before FROM events;
    INSERT INTO events (
        originator_id, originator_version, topic, state, notification_id, recorded_at,
        occurred_at, utc_offset, site, actor, role, command_id, correlation_id, causation_id, traceparent)
    SELECT stream, version, topic, state, before + ordinal, clock_timestamp(),
           at, utc_offset, site, actor, role, command, correlation, causation, traceparent
    FROM unnest(streams, versions, topics, states, occurred, offsets, sites, actors, roles,
                commands, correlations, causations, traceparents) WITH ORDINALITY
        AS row (stream, version, topic, state, at, utc_offset, site, actor, role,
                command, correlation, causation, traceparent, ordinal);
    PERFORM pg_notify({channel}, '');
    RETURN before;
END $$;

CREATE OR REPLACE FUNCTION aftersales.attempt(ids text[])
RETURNS TABLE (id text, tries integer) LANGUAGE sql SECURITY DEFINER SET search_path = aftersales, pg_temp AS $$
    INSERT INTO attempts AS known (command_id, attempts)
    SELECT * FROM (SELECT DISTINCT unnest(ids) AS id, 1 ORDER BY id) AS row
    ON CONFLICT (command_id) DO UPDATE SET attempts = known.attempts + 1
    RETURNING command_id, attempts;
$$;
"""

GRANT = """
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA aftersales FROM PUBLIC;
CREATE SCHEMA IF NOT EXISTS boards;
CREATE SCHEMA IF NOT EXISTS boards_next;
GRANT USAGE, CREATE ON SCHEMA boards, boards_next TO {app};
GRANT USAGE ON SCHEMA aftersales TO {app};
GRANT SELECT ON ALL TABLES IN SCHEMA aftersales TO {app};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aftersales TO {app};
"""

# What the newest release added stands for the rest: everything is made in one transaction.
INSTALLED = """
SELECT to_regnamespace('boards_next') IS NOT NULL AND EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = to_regclass('aftersales.events') AND attname = 'traceparent')
"""
INSTALL_LOCK = "SELECT pg_advisory_xact_lock(4722365)"  # of processes that start together, one installs


def install(owner_url: str, app: str) -> None:
    """Creates what is missing, as the owner, and lets the role `app` read the log and call `append`.

    A database of an older release is upgraded and keeps its events; repeating it is harmless. Raises
    psycopg.errors.InsufficientPrivilege if the owner may not create schemas.
    """
    statements = [
        sql.SQL(CREATE_TABLES).format(),
        sql.SQL(CREATE_GUARDS).format(),
        sql.SQL(CREATE_APPEND).format(lock=sql.Literal(APPEND_LOCK), channel=sql.Literal(CHANNEL)),
        sql.SQL(GRANT).format(app=sql.Identifier(app)),
    ]
    with psycopg.connect(owner_url) as connection:
        connection.execute(INSTALL_LOCK)
        for statement in statements:
            connection.execute(statement)


def is_installed(url: str) -> bool:
    """Whether the database behind `url` has the tables and functions of this release."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(INSTALLED).fetchone()
    return bool(row and row[0])
