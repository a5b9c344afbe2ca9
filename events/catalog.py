"""Every event there is: importing this module makes all of them known by name."""

from events import (
    agreement,
    appointment,
    area,
    audit,
    callback,
    complaint,
    custody,
    deadline,
    form,
    handover,
    inspection,
    log_line,
    order,
    part,
    profile,
    reception,
    support,
    ticket,
    visit,
    work,
)
from events.event import EVENTS

NOUNS = (
    agreement, appointment, area, audit, callback, complaint, custody, deadline, form, handover, inspection, log_line,
    order, part, profile, reception, support, ticket, visit, work,
)  # fmt: skip

__all__ = ["EVENTS", "NOUNS"]
