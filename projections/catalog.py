"""Every projection and every board, once."""

from projections.callback_queue import CALLBACK_QUEUE
from projections.complaints import COMPLAINT_BOARD, COMPLAINTS
from projections.deadlines import DEADLINE_BOARD, DEADLINES
from projections.kpi_daily import KPI_DAILY
from projections.parts_stock import PARTS_REGISTER, PARTS_STOCK
from projections.pre_check_area import AREA_VEHICLES, PRE_CHECK_AREA
from projections.projection import Board, Projection
from projections.reception_queue import RECEPTION_QUEUE
from projections.registers import APPOINTMENTS, CUSTOMERS_GOODS
from projections.ticket_history import TICKET_HISTORY
from projections.ticket_lists import CLOSED, MY_TICKETS, PAUSED, TO_FOLLOW
from projections.tickets import TICKETS
from projections.workshop_board import WORKSHOP_BOARD

PROJECTIONS: dict[str, Projection] = {
    projection.name: projection
    for projection in (TICKETS, TICKET_HISTORY, KPI_DAILY, PARTS_STOCK, COMPLAINTS, DEADLINES, AREA_VEHICLES)
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
        CUSTOMERS_GOODS,
        PRE_CHECK_AREA,
    )
}
