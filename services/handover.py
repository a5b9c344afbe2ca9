"""What cashier, advisor and gate decide at the handover (交车)."""

from events.form import FormSigned
from events.handover import ExitPassIssued, PaymentMethod, PaymentReceived, VehicleReleased
from events.ticket import TicketReopened
from services.command import Decided, Decisions, Name, TicketCommand
from services.milestone import told
from services.order import Yuan
from services.policy import Policy
from services.refusal import Rejected
from services.ticket_state import Ticket
from services.work import Person

SHEET, TOTAL = "settlement_sheet", "total"


class ReceivePayment(TicketCommand):
    """The customer pays what the signed settlement sheet says."""

    amount: Yuan
    method: PaymentMethod
    invoice: Name


class IssueExitPass(TicketCommand):
    """Hand the exit pass over with the change."""

    number: Name


class ReleaseVehicle(TicketCommand):
    """The vehicle leaves with its exit pass."""

    exit_pass: Name
    escorted_by: Person


def receive_payment(command: ReceivePayment, ticket: Ticket, policy: Policy) -> Decided:
    if _is_paid(ticket):
        raise Rejected("paid_already", ticket=command.ticket)
    sheet = ticket.case.forms.get(SHEET)
    total = float(sheet.fields[TOTAL]) if sheet else ticket.agreed_amount
    if total > ticket.agreed_amount:
        raise Rejected("more_than_agreed", total=total, agreed=ticket.agreed_amount)
    if command.amount != total:
        raise Rejected("other_amount", amount=command.amount, total=total)
    yield PaymentReceived(amount=command.amount, method=command.method, invoice=command.invoice)


def release_vehicle(command: ReleaseVehicle, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.exit_pass != command.exit_pass:
        raise Rejected("other_exit_pass", found=command.exit_pass, ticket=command.ticket)
    if ticket.case.holds(VehicleReleased.name, ExitPassIssued.name):
        return
    yield VehicleReleased(exit_pass=command.exit_pass, escorted_by=command.escorted_by)


def _is_paid(ticket: Ticket) -> bool:
    """Whether nothing new is charged: no new sheet or, where there are no sheets, no reopening since the payment."""
    charged = f"{FormSigned.name}/{SHEET}" if SHEET in ticket.case.forms else TicketReopened.name
    return ticket.case.holds(PaymentReceived.name, charged)


DECISIONS: Decisions = {
    ReceivePayment: receive_payment,
    IssueExitPass: told(ExitPassIssued, also_when_finished=True),
    ReleaseVehicle: release_vehicle,
}
