"""What the gate and the advisors decide about a vehicle that arrives (接车)."""

from pydantic import Field

from events.reception import VehicleArrived, VehicleReceived
from events.work import EngineerArrived
from services.command import Decided, Decisions, TicketCommand, Words
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


def arrive_vehicle(command: ArriveVehicle, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    if ticket.case.holds(EngineerArrived.name):
        raise Rejected("served_on_site", ticket=command.ticket)
    yield VehicleArrived(plate=command.plate, purpose=command.purpose, announced_to=command.announced_to)


def receive_vehicle(command: ReceiveVehicle, ticket: Ticket, policy: Policy) -> Decided:
    must_be_open(command, ticket)
    if not ticket.case.holds(VehicleArrived.name):
        raise Rejected("not_arrived", ticket=command.ticket)
    if not ticket.case.holds(VehicleReceived.name, VehicleArrived.name):
        yield VehicleReceived(advisor=command.advisor)


DECISIONS: Decisions = {
    ArriveVehicle: arrive_vehicle,
    ReceiveVehicle: receive_vehicle,
}
