"""What two projections make of the log, each in one SQL statement; columns stand as the projection has them."""

_DAY = "(occurred_at AT TIME ZONE 'UTC' + utc_offset * interval '1 minute')::date"
_EVENTS = "(SELECT *, convert_from(state, 'UTF8')::jsonb AS event FROM aftersales.events WHERE topic = ANY ({topics}))"
_LATE = "(event ->> 'late_seconds')::bigint > 0"
_MISSED = "(event ->> 'missed')::boolean"

_DAILY_TOPICS = """ARRAY['ticket.registered', 'work.completed', 'ticket.closed', 'ticket.handed_over',
    'ticket.reopened', 'ticket.cancelled', 'callback.completed', 'complaint.registered', 'deadline.met',
    'deadline.missed']"""
_KPI_DAILY = f"""
SELECT site, {_DAY},
    count(*) FILTER (WHERE topic = 'ticket.registered'),
    count(*) FILTER (WHERE topic = 'work.completed'),
    count(*) FILTER (WHERE topic = 'ticket.closed'),
    coalesce(sum((event ->> 'handling_seconds')::bigint) FILTER (WHERE topic = 'work.completed'), 0),
    coalesce(sum((event ->> 'paused_seconds')::bigint) FILTER (WHERE topic = 'work.completed'), 0),
    count(*) FILTER (WHERE topic = 'ticket.handed_over'),
    count(*) FILTER (WHERE topic = 'ticket.reopened'),
    count(*) FILTER (WHERE topic = 'ticket.cancelled'),
    count(*) FILTER (WHERE topic = 'callback.completed'),
    count(*) FILTER (WHERE topic = 'callback.completed' AND (event ->> 'satisfied')::boolean),
    count(*) FILTER (WHERE topic = 'complaint.registered'),
    count(*) FILTER (WHERE topic = 'deadline.met' AND NOT {_LATE} AND NOT {_MISSED}),
    count(*) FILTER (WHERE topic = 'deadline.missed' OR topic = 'deadline.met' AND {_LATE} AND NOT {_MISSED})
FROM {_EVENTS.format(topics=_DAILY_TOPICS)} AS counted GROUP BY 1, 2
"""

_FACT_TOPICS = _DAILY_TOPICS.replace("'deadline.missed'", "'deadline.missed', 'work.resumed'")
_KPI_FACTS = f"""
SELECT notification_id,
    CASE WHEN topic = 'complaint.registered' THEN event ->> 'ticket'
        WHEN starts_with(originator_id, 'ticket/') THEN substr(originator_id, 8) ELSE originator_id END,
    CASE topic WHEN 'ticket.registered' THEN 'received' WHEN 'work.completed' THEN 'completed'
        WHEN 'ticket.closed' THEN 'handled' WHEN 'ticket.handed_over' THEN 'handovers'
        WHEN 'ticket.reopened' THEN 'reopened' WHEN 'ticket.cancelled' THEN 'cancelled'
        WHEN 'callback.completed' THEN 'rated' WHEN 'complaint.registered' THEN 'complaints'
        WHEN 'deadline.missed' THEN 'deadlines_missed' WHEN 'work.resumed' THEN 'paused'
        WHEN 'deadline.met' THEN CASE WHEN {_MISSED} THEN '' WHEN {_LATE} THEN 'deadlines_missed'
            ELSE 'deadlines_met' END END,
    site, {_DAY},
    extract(isodow FROM occurred_at AT TIME ZONE 'UTC' + utc_offset * interval '1 minute')::bigint,
    extract(hour FROM occurred_at AT TIME ZONE 'UTC' + utc_offset * interval '1 minute')::bigint,
    occurred_at,
    CASE topic WHEN 'ticket.handed_over' THEN event ->> 'from_team' WHEN 'work.completed' THEN event ->> 'team'
        WHEN 'callback.completed' THEN event ->> 'team' WHEN 'work.resumed' THEN event ->> 'team' ELSE '' END,
    CASE WHEN topic IN ('work.completed', 'callback.completed', 'work.resumed') THEN event ->> 'engineer' ELSE '' END,
    CASE topic WHEN 'ticket.registered' THEN event ->> 'channel' WHEN 'work.completed' THEN event ->> 'category'
        WHEN 'ticket.handed_over' THEN event ->> 'to_team' WHEN 'callback.completed' THEN event ->> 'outcome'
        WHEN 'work.resumed' THEN event ->> 'reason' WHEN 'deadline.met' THEN event ->> 'deadline'
        WHEN 'deadline.missed' THEN event ->> 'deadline' ELSE '' END,
    CASE topic WHEN 'work.completed' THEN (event ->> 'handling_seconds')::bigint
        WHEN 'work.resumed' THEN (event ->> 'paused_seconds')::bigint
        WHEN 'deadline.met' THEN (event ->> 'late_seconds')::bigint ELSE 0 END,
    CASE WHEN topic = 'callback.completed' THEN (SELECT min(each.value::bigint)
        FROM jsonb_each_text(event -> 'ratings') AS each) ELSE 0 END,
    topic = 'callback.completed' AND (event ->> 'satisfied')::boolean
FROM {_EVENTS.format(topics=_FACT_TOPICS)} AS counted
"""

SQL_FOLDS = {"kpi_daily": _KPI_DAILY, "kpi_facts": _KPI_FACTS}
