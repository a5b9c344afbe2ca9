"""An event of the log as a CloudEvents 1.0 envelope in JSON, for feeds and webhooks."""

from typing import Any

from events.event import Recorded, Unreadable
from services.privacy import masked

CONTENT_TYPE = "application/cloudevents+json"
BATCH_CONTENT_TYPE = "application/cloudevents-batch+json"
TYPE_PREFIX = "aftersales."


def envelope(recorded: Recorded) -> dict[str, Any]:
    """The event with its envelope, what is personal of a customer masked; attributes without a value are left out.

    `source` and `id` name it for good: the site, and the position in the log. `time` is when it happened, with the
    offset of the place; `recordedat` when the log knew it.
    """
    context, name = recorded.context, name_of(recorded)
    attributes = {
        "specversion": "1.0",
        "id": str(recorded.position),
        "source": f"/aftersales/{context.site}",
        "type": TYPE_PREFIX + name,
        "subject": recorded.stream,
        "time": context.occurred_at.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": f"/api/schemas/events/{name}",
    }
    return {**attributes, **_extensions(recorded), "data": _facts(recorded)}


def name_of(recorded: Recorded) -> str:
    """The event's name in the log, also where this release cannot read the event."""
    event = recorded.event
    return event.unread_name if isinstance(event, Unreadable) else event.name


def _facts(recorded: Recorded) -> dict[str, Any]:
    """The event's own fields; none of an event that this release cannot read, for it cannot be masked."""
    return {} if isinstance(recorded.event, Unreadable) else masked(recorded.event.model_dump(mode="json"))


def _extensions(recorded: Recorded) -> dict[str, Any]:
    context = recorded.context
    told = {name: getattr(context, name) for name in OF_CONTEXT}
    fields = masked(told) | {
        "position": recorded.position,
        "version": recorded.version,
        "recorded_at": recorded.recorded_at.isoformat(),
    }
    return {attribute: fields[field] for attribute, field in EXTENSIONS.items() if fields.get(field, "") != ""}


OF_CONTEXT = ("actor", "role", "correlation_id", "causation_id", "traceparent")
# Attribute of the envelope → field of ours. CloudEvents allows lower-case letters and digits only.
EXTENSIONS = {
    "position": "position",
    "version": "version",
    "recordedat": "recorded_at",
    "actor": "actor",
    "role": "role",
    "correlationid": "correlation_id",
    "causationid": "causation_id",
    "traceparent": "traceparent",
}
