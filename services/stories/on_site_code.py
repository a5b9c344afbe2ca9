"""S-19: the on-site service code in 27 articles (002-1)."""

from services.stories.story import Story, does, fills, moment, passes, refused, signs

SUN, HOME = "孙工", "客户处"
CUSTOMER = {"name": "何先生", "phone": "136****7705", "address": "滨河路230号7栋902室"}


def _at(time: str) -> str:
    return moment(time).isoformat()


ON_SITE_CODE = Story(
    name="on-site-code",
    system="S-19",
    profile="on-site",
    english="Prepared, late with notice, no voucher but a barcode, not our fault, a meal in between, signed, goodbye.",
    chinese="上门服务:准备、延误告知、以条码代凭证、非本公司原因、用餐中断、签字、留存联、告别。",
    steps=(
        does(
            "08:40", "receptionist", "RegisterTicket", problem="一体机开机无反应", product="一体机 P-550",
            channel="phone", customer=CUSTOMER,
        ),
        does("08:45", "receptionist", "AssignTicket", team="上门组"),
        does("08:50", "dispatcher", "DispatchEngineer", engineer=SUN, promised_at=_at("10:00")),
        refused("R-149", "09:00", "engineer", "DepartForCustomer", actor=SUN),
        refused(
            "R-151", "09:05", "engineer", "FillForm", form="visit_preparation",
            fields={
                "at": _at("09:05"), "customer_known": True, "fault": "不通电", "assumed_cause": "电源模块",
                "route": "地铁二号线,09:20 出发", "tools": False, "parts": ["电源模块"],
            },
        ),
        fills(
            "09:15", "engineer", "visit_preparation", at=_at("09:15"), customer_known=True, fault="不通电",
            assumed_cause="电源模块", route="地铁二号线,09:20 出发", tools=True, parts=["电源模块"],
        ),
        refused("R-149", "09:18", "engineer", "ArriveOnSite", actor=SUN),
        does("09:20", "engineer", "DepartForCustomer", actor=SUN),
        does("09:50", "engineer", "NotifyDelay", new_time=_at("10:30"), reason="地铁故障,已致歉"),
        passes("10:20"),
        passes("10:30", "deadline.missed"),
        refused("R-153", "10:31", "engineer", "NotifyDelay", new_time=_at("10:40"), reason="仍在路上"),
        does("10:34", "engineer", "ArriveOnSite", actor=SUN),
        refused("R-154", "10:35", "engineer", "StartWork"),
        fills("10:36", "engineer", "introduction", at=_at("10:36"), uniform_and_badge=True, credentials_shown=True),
        refused("R-158", "10:37", "engineer", "StartWork"),
        refused(
            "R-159", "10:38", "engineer", "FillForm", form="entitlement",
            fields={
                "at": _at("10:38"), "proof": "none", "number": "-", "covered": True, "fault_as_told": "开不了机",
                "consent": True,
            },
        ),
        fills(
            "10:40", "engineer", "entitlement", at=_at("10:40"), proof="barcode", number="P550-2509-00712",
            covered=True, covered_until="2026-09-11", fault_as_told="早上开不了机", consent=True,
        ),
        fills("10:48", "engineer", "inner_check", at=_at("10:48"), mismatch=True, findings="内存条少一根,螺丝有拆痕"),
        fills("10:50", "engineer", "mismatch_note", at=_at("10:50"), mismatch="内存条少一根,螺丝有拆痕"),
        refused("R-160", "10:51", "engineer", "StartWork"),
        signs("10:52", "engineer", "mismatch_note", "customer", "何先生", place=HOME),
        does("10:53", "engineer", "StartWork"),
        fills(
            "11:20", "engineer", "diagnosis",
            at=_at("11:20"), cause="客户自行加装内存,短路烧毁电源", not_ours=True, explained=True,
        ),
        fills("11:22", "engineer", "not_our_fault", at=_at("11:22"), cause="自行加装内存短路", chargeable=True),
        refused("R-161", "11:23", "engineer", "CompleteWork", solution="更换电源模块"),
        signs("11:25", "engineer", "not_our_fault", "customer", "何先生", place=HOME),
        does("11:26", "engineer", "ProposeItem", item="电源模块及上门费", fee=260, promised_at=_at("14:30")),
        does("11:27", "engineer", "ApproveItem", item="电源模块及上门费", by="何先生", medium="in_person"),
        refused("R-157", "11:46", "engineer", "LeaveCustomer", permitted_by="何先生"),
        fills(
            "11:48", "engineer", "conduct", at=_at("11:48"), stayed_where_shown=True, three_donts=True,
            nothing_damaged=True, tidy=True, apologised=True,
        ),
        refused("R-169", "11:49", "engineer", "LeaveCustomer", permitted_by="何先生"),
        does("11:50", "engineer", "PauseWork", reason="rest_time", note="客户用餐,致歉回避"),
        does("11:51", "engineer", "LeaveCustomer", permitted_by="何先生"),
        refused("R-164", "13:20", "engineer", "ResumeWork"),
        fills(
            "13:21", "engineer", "interruption",
            apologised=True, customer_hours="13:30-17:30", continue_at=_at("13:30"),
        ),
        does("13:30", "engineer", "ResumeWork"),
        fills(
            "13:55", "engineer", "service_record", at=_at("13:55"), work_done="更换电源模块",
            customer_part="(待填)", no_problem_left=True,
        ),
        refused(
            "R-179", "13:56", "engineer", "SignForm",
            form="service_record", party="customer", signer="何先生", method="on_paper", place=HOME,
        ),
        does("14:10", "engineer", "CompleteWork", solution="更换电源模块,重插内存,开机正常"),
        refused(
            "R-167", "14:12", "engineer", "FillForm", form="service_record",
            fields={
                "at": _at("14:12"), "work_done": "更换电源模块", "customer_part": "还有噪音", "no_problem_left": False,
            },
        ),
        fills(
            "14:15", "engineer", "service_record", at=_at("14:15"), work_done="更换电源模块,清理风扇",
            customer_part="开机正常,噪音消除", no_problem_left=True, suggestions="希望准时",
        ),
        refused("R-166", "14:16", "engineer", "SignCompletion", signer="何先生"),
        signs("14:17", "engineer", "service_record", "customer", "何先生", place=HOME),
        does("14:18", "engineer", "SignCompletion", signer="何先生", place=HOME),
        refused("R-162", "14:19", "engineer", "ReceivePayment", amount=260, method="mobile", invoice="SF-0077"),
        fills(
            "14:20", "engineer", "charge_voucher",
            number="SF-0077", amount=260, reason="not_our_fault", handed_over=True,
        ),
        does("14:21", "engineer", "ReceivePayment", amount=260, method="mobile", invoice="SF-0077"),
        fills(
            "14:24", "engineer", "conduct", at=_at("14:24"), stayed_where_shown=True, three_donts=True,
            nothing_damaged=True, tidy=True, apologised=True,
        ),
        refused("R-169", "14:25", "engineer", "LeaveCustomer", permitted_by="何先生"),
        refused(
            "R-168", "14:26", "engineer", "FillForm", form="farewell",
            fields={
                "at": _at("14:26"), "copy_handed_over": False, "card_left": True, "goodbye": True, "nothing_more": True
            },
        ),
        fills(
            "14:27", "engineer", "farewell",
            at=_at("14:27"), copy_handed_over=True, card_left=True, goodbye=True, nothing_more=True,
        ),
        does("14:28", "engineer", "LeaveCustomer", permitted_by="何先生"),
        does("17:00", "receptionist", "CloseTicket"),
    ),
)  # fmt: skip
