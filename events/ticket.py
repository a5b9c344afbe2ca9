"""The life of a service ticket (工单), from the call to its closing."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from events.event import Event

Channel = Literal["phone", "fax", "email", "chat", "letter", "in_person", "remote", "system"]

Coverage = Literal["unasked", "covered", "out_of_period", "out_of_scope"]
Zone = Literal["", "city", "county"]


class Customer(BaseModel):
    """Who asked for help; the fields that R-006 and R-018 want on the register."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    name: str
    phone: str = ""
    address: str = ""


class TicketRegistered(Event, name="ticket.registered"):
    """A request was written into the register (登记, R-001). The profile of that day decides what it needs.

    `channel` is how it reached us (R-005).
    `coverage` says what the customer's agreement makes of it, `grade` and `zone` how soon he is served (R-004, R-349).
    """

    topic: ClassVar[str] = "coverage"
    facts: ClassVar[tuple[str, ...]] = ("grade", "zone")
    problem: str
    product: str
    channel: Channel
    customer: Customer
    profile: str
    policy_version: int
    needs_signature: bool
    needs_callback: bool
    agreement: str = ""
    coverage: Coverage = "unasked"
    grade: str = ""
    zone: Zone = ""


class TicketClassified(Event, name="ticket.classified"):
    """The request got its kind and fault grade, 1 (worst) to 4 (R-020, R-033)."""

    facts: ClassVar[tuple[str, ...]] = ("category", "fault_grade")
    category: str
    fault_grade: int


class TicketAssigned(Event, name="ticket.assigned"):
    """A team (and perhaps one person) answers for the ticket (R-003)."""

    team: str
    owner: str = ""


class TicketHandedOver(Event, name="ticket.handed_over"):
    """Another team took the ticket (转派, R-003); its pause, if any, ended with that."""

    from_team: str
    to_team: str
    reason: str


class TicketPlacedOnFollowUp(Event, name="ticket.placed_on_follow_up"):
    """Somebody wants to see this ticket again on a day (待跟踪, R-002)."""

    follow_up_on: date
    reason: str


class TicketNoted(Event, name="ticket.noted"):
    """A remark in somebody's own words."""

    text: str


class CustomerDataOpened(Event, name="ticket.customer_data_opened"):
    """Somebody looked at who the customer is and how to reach him, and said what for (R-026)."""

    purpose: str


class TicketMerged(Event, name="ticket.merged"):
    """This ticket is the same case as another one and goes on there; its own history stays."""

    into: str


class TicketAbsorbed(Event, name="ticket.absorbed"):
    """Another ticket turned out to be this same case."""

    other: str


class TicketSeparated(Event, name="ticket.separated"):
    """A merge was a mistake: this ticket lives on its own again."""

    other: str
    reason: str


class TicketReleased(Event, name="ticket.released"):
    """A ticket that was merged into this one lives on its own again."""

    other: str


class TicketCancelled(Event, name="ticket.cancelled"):
    """The request is void: withdrawn, mistaken, not ours."""

    reason: str


class TicketReopened(Event, name="ticket.reopened"):
    """A finished ticket is work again; what was signed and rated before stays in the history."""

    reason: str


class TicketClosed(Event, name="ticket.closed"):
    """Everything the profile asks for is there; the ticket goes to the closed list (已关闭, R-002)."""

    solution: str
