"""Which commands a page offers: on a board as a whole, on its rows, and on a ticket in each of its states."""

from projections.projection import Board, Row

ON_BOARD: dict[str, tuple[str, ...]] = {
    "reception_queue": ("RegisterTicket",),
    "arrivals": ("ArriveVehicle",),
    "appointments": ("RegisterTicket", "BookAppointment"),
    "pre_check_area": ("EnterArea", "AlertManager", "ReviewAreaMonth"),
    "callback_queue": ("RegisterComplaint",),
    "complaints": ("RegisterComplaint",),
    "parts": ("ReceiveStock",),
}
ON_ROW: dict[str, dict[str, tuple[str, ...]]] = {  # board → the row's lane or status ("" for any) → commands
    "reception_queue": {"registered": ("AssignTicket",), "assigned": ("DispatchEngineer", "StartWork")},
    "arrivals": {"": ("ReceiveVehicle", "GiveEstimate", "AssignTicket")},
    "appointments": {
        "booked": ("ReconfirmAppointment", "ArriveVehicle"),
        "prepared": ("ReconfirmAppointment", "ArriveVehicle"),
        "reconfirmed": ("ArriveVehicle", "MissAppointment"),
        "no_show": ("BookAppointment", "CancelTicket"),
    },
    "workshop_board": {
        "waiting": ("DispatchEngineer", "StartWork"),
        "dispatched": ("ArriveOnSite", "StartWork"),
        "running": ("PauseWork", "CompleteWork"),
        "paused": ("InformAdvisor", "ResumeWork"),
        "done": ("PassInspection", "SignCompletion"),
        "self": ("PassInspection", "OrderRework"),
        "team": ("PassInspection", "OrderRework"),
        "final": ("SignCompletion", "ReceivePayment"),
        "ready": ("SignCompletion", "ReceivePayment"),
    },
    "callback_queue": {"": ("CompleteCallback",)},
    "my": {"": ("AddNote",)},
    "to_follow": {"": ("FollowUpTicket", "AddNote")},
    "paused": {"": ("ResumeWork",)},
    "closed": {"": ("ReopenTicket",)},
    "complaints": {"": ("ResolveComplaint",)},
    "pre_check_area": {"": ("LeaveArea", "RelocateVehicle")},
    "customers_goods": {"": ("ReturnProduct", "SetReturnDate")},
}
NEXT: dict[str, tuple[str, ...]] = {  # a ticket's status → what usually comes next
    "registered": ("ClassifyTicket", "AssignTicket", "BookAppointment", "ContactCustomer"),
    "assigned": ("DispatchEngineer", "StartWork", "ArriveVehicle", "GiveEstimate", "FollowUpTicket"),
    "dispatched": ("DepartForCustomer", "NotifyDelay", "ArriveOnSite", "StartWork"),
    "on_site": ("StartWork", "GiveEstimate"),
    "working": ("PauseWork", "RequestPart", "ProposeItem", "CompleteWork"),
    "paused": ("InformAdvisor", "ResumeWork", "ContactCustomer"),
    "completed": ("PassInspection", "OrderRework", "SignCompletion", "ReceivePayment", "CompleteCallback"),
    "closed": ("ReopenTicket", "RegisterComplaint"),
    "cancelled": ("ReopenTicket",),
    "merged": ("SeparateTicket",),
}
ALWAYS = ("AddNote",)
OPEN_CASE = ("OpenCustomerData",)
ENDED = ("closed", "cancelled", "merged")


def actions_on(board: Board, row: Row) -> tuple[str, ...]:
    """What a row of a board offers."""
    offered = ON_ROW.get(board.name, {})
    state = row.get(board.lane) if board.lane else row.get("status")
    return offered.get(str(state), offered.get("", ()))


def next_for(status: str, may: frozenset[str]) -> tuple[list[str], list[str]]:
    """What usually comes next for a ticket, and what else its reader may send about it."""
    while_open = () if status in ENDED else OPEN_CASE
    usual = [command for command in (*NEXT.get(status, ()), *ALWAYS, *while_open) if command in may]
    return usual, sorted(may - set(usual) - NOT_OF_A_TICKET)


NOT_OF_A_TICKET = frozenset(
    {
        "RegisterTicket", "ReceiveStock", "EnterArea", "AlertManager", "LeaveArea", "RelocateVehicle",
        "ReviewAreaMonth", "SignAgreement", "EnterPhase", "HoldPeriodicVisit", "ProposeProfile", "ApproveProfile",
        "PublishProfile", "RecordAuditFinding", "ResolveComplaint", "ImportLogLine", "CheckDeadline", "FillForm",
        "SignForm",
    }
)  # fmt: skip
