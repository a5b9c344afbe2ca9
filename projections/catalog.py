"""Every projection and every board, once."""

from projections.callback_queue import CALLBACK_QUEUE
from projections.complaints import COMPLAINT_BOARD, COMPLAINTS
from projections.deadlines import DEADLINE_BOARD, DEADLINES
from projections.kpi_daily import KPI_DAILY
from projections.kpi_facts import KPI_FACTS
from projections.kpi_tallies import KPI_CALLS, KPI_DEADLINES, KPI_FAULTS, KPI_PAUSES, KPI_PEOPLE
from projections.parts_stock import PARTS_REGISTER, PARTS_STOCK
from projections.pre_check_area import AREA_VEHICLES, PRE_CHECK_AREA
from projections.projection import Board, Projection
from projections.reception_queue import RECEPTION_QUEUE
from projections.registers import APPOINTMENTS, ARRIVALS, CUSTOMERS_GOODS
from projections.ticket_history import TICKET_HISTORY
from projections.ticket_lists import CLOSED, MY_TICKETS, PAUSED, TO_FOLLOW
from projections.tickets import TICKETS
from projections.workshop_board import WORKSHOP_BOARD

PROJECTIONS: dict[str, Projection] = {
    projection.name: projection
    for projection in (
        TICKETS,
        TICKET_HISTORY,
        KPI_DAILY,
        KPI_FACTS,
        KPI_PEOPLE,
        KPI_FAULTS,
        KPI_PAUSES,
        KPI_CALLS,
        KPI_DEADLINES,
        PARTS_STOCK,
        COMPLAINTS,
        DEADLINES,
        AREA_VEHICLES,
    )
}

BOARDS: dict[str, Board] = {
    board.name: board
    for board in (
        RECEPTION_QUEUE,
        WORKSHOP_BOARD,
        CALLBACK_QUEUE,
        MY_TICKETS,
        TO_FOLLOW,
        PAUSED,
        CLOSED,
        PARTS_REGISTER,
        COMPLAINT_BOARD,
        DEADLINE_BOARD,
        APPOINTMENTS,
        ARRIVALS,
        CUSTOMERS_GOODS,
        PRE_CHECK_AREA,
    )
}


def indexes_of(projection: Projection) -> list[str]:
    """What its table is indexed by: what it asks for itself, and each board's rows in the board's order."""
    boards = [board for board in BOARDS.values() if board.projection is projection]
    return [f"({columns})" for columns in projection.indexes] + [index for board in boards for index in _indexes(board)]


def _indexes(board: Board) -> list[str]:
    """Of one site, and of the whole network; a kanban's also by its columns."""
    order = ", ".join(board.order)
    leads = ["", "site, "] + ([f"{board.lane}, ", f"site, {board.lane}, "] if board.lane else [])
    return list(dict.fromkeys(f"({_once(lead, order)}) WHERE {board.where}" for lead in leads))


def _once(lead: str, order: str) -> str:
    return order if order.startswith(lead) else lead + order
