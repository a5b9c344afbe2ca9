"""The service desk: contact with the customer, advice by phone, remote sessions, escalation."""

from datetime import datetime
from typing import ClassVar, Literal

from events.event import Event

Medium = Literal["phone", "message", "email", "in_person", "chat"]
Purpose = Literal["first_contact", "answer", "diagnosis", "consent", "delay", "delivery", "follow_up", "escalation"]


class CustomerContacted(Event, name="support.customer_contacted"):
    """Somebody of ours spoke with the customer (R-008, R-032); `agreed_at` is the time both fixed, if they did."""

    topic: ClassVar[str] = "purpose"
    purpose: Purpose
    medium: Medium
    result: str
    agreed_at: datetime | None = None


class GuidanceGiven(Event, name="support.guidance_given"):
    """The customer was guided from afar (R-025), with or without success."""

    topic: ClassVar[str] = "result"
    advice: str
    result: Literal["solved", "unsolved"]


class RemoteSessionStarted(Event, name="support.remote_session_started"):
    """We are connected to the customer's system, as he authorised (R-035)."""

    system: str


class RemoteSessionEnded(Event, name="support.remote_session_ended"):
    """The connection is closed; what was changed there."""

    changes: str


class TicketEscalated(Event, name="support.ticket_escalated"):
    """The case was told to somebody who can do more (R-010, R-041, R-043)."""

    topic: ClassVar[str] = "to"
    to: str
    reason: str
    urgent: bool = False


class ProgressReported(Event, name="support.progress_reported"):
    """The customer knows how far we are (R-021, R-144)."""

    text: str
    medium: Medium


class EngineerReplaced(Event, name="support.engineer_replaced"):
    """The user was dissatisfied and headquarters sends somebody else (R-040)."""

    engineer: str
    instead_of: str
    reason: str
