"""What the gate and the advisors decide about a vehicle that arrives (接车)."""

from pydantic import Field

from events.reception import VehicleArrived, VehicleReceived
from services.command import Decided, Decisions, TicketCommand, Words
from services.milestone import told
from services.policy import Policy
from services.refusal import Rejected
from services.ticket import must_be_open
from services.ticket_state import Ticket
from services.work import Person


class ArriveVehicle(TicketCommand):
    """The guard greets, directs to a lane and announces; `at` is when the vehicle stopped."""

    plate: str = Field(min_length=1, max_length=20)
    purpose: Words
    announced_to: Person


class ReceiveVehicle(TicketCommand):
    """An advisor stands at the door."""

    advisor: Person


def receive_vehicle(command: ReceiveVehicle, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    if not ticket.case.holds(VehicleArrived.name):
        raise Rejected("not_arrived", ticket=command.ticket)
    yield VehicleReceived(advisor=command.advisor)


DECISIONS: Decisions = {
    ArriveVehicle: told(VehicleArrived),
    ReceiveVehicle: receive_vehicle,
}
