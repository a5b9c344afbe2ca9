"""What inspectors decide (检验): level after level; what fails goes back to work."""

from pydantic import Field

from events.inspection import InspectionPassed, Level, ReworkOrdered
from events.work import WorkCompleted
from services.command import Decided, Decisions, TicketCommand, Words
from services.policy import Policy
from services.refusal import Rejected
from services.ticket_state import Status, Ticket
from services.work import Person


class InspectionCommand(TicketCommand):
    """A command of one level of the profile's inspections."""

    level: Level


class PassInspection(InspectionCommand):
    """This level finds nothing wrong."""

    remarks: str = Field("", max_length=2000)


class OrderRework(InspectionCommand):
    """This level finds something wrong: back to work, and by whose doing."""

    reason: Words
    responsible: Person


def pass_inspection(command: PassInspection, ticket: Ticket, policy: Policy) -> Decided:
    if ticket.is_finished and _has_passed(ticket, command.level):
        return
    _must_be_next(command, ticket, policy)
    yield InspectionPassed(level=command.level, inspector=command.actor, remarks=command.remarks)


def order_rework(command: OrderRework, ticket: Ticket, policy: Policy) -> Decided:
    _must_be_next(command, ticket, policy)
    yield ReworkOrdered(
        level=command.level, inspector=command.actor, reason=command.reason, responsible=command.responsible
    )


def _must_be_next(command: InspectionCommand, ticket: Ticket, policy: Policy) -> None:
    """Raises Rejected unless the work is done, the levels before passed, and the level's own inspector says so."""
    levels = policy.words("inspection_levels")
    if command.level not in levels:
        raise Rejected("no_such_level", level=command.level, levels=", ".join(levels) or "-")
    if ticket.status is not Status.COMPLETED:
        raise Rejected("nothing_to_inspect", ticket=command.ticket, status=ticket.status)
    before = [level for level in levels[: levels.index(command.level)] if not _has_passed(ticket, level)]
    if before:
        raise Rejected("level_before", level=command.level, before=before[0])
    if command.level != "self" and command.actor in ticket.worked_by:
        raise Rejected("own_work", level=command.level, actor=command.actor)
    inspectors = policy.words(f"inspectors_{command.level}")
    if command.role not in inspectors:
        raise Rejected("not_the_inspector", level=command.level, allowed=", ".join(inspectors), role=command.role)


def _has_passed(ticket: Ticket, level: str) -> bool:
    return ticket.case.holds(f"{InspectionPassed.name}/{level}", WorkCompleted.name)


DECISIONS: Decisions = {
    PassInspection: pass_inspection,
    OrderRework: order_rework,
}
