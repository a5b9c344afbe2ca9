"""S-17: repair on the strength of voucher and card, inspected by the director (001-M)."""

from services.stories.story import Story, does, fills, moment, refused, signs

ZHAO, HOME, SECOND = "赵技术员", "客户处", "ticket/T2"
CUSTOMER = {"name": "林女士", "phone": "137****2290", "address": "建设街66号5栋1201室"}


def _at(time: str) -> str:
    return moment(time).isoformat()


ON_THE_SPOT = (
    does(
        "+2 09:00", "clerk", "RegisterTicket", on=SECOND, problem="加湿器不出雾", product="加湿器 JS-3",
        channel="phone", customer=CUSTOMER,
    ),
    fills(
        "+2 09:01", "clerk", "repair_call_register", on=SECOND,
        customer="林女士", address="建设街66号5栋1201室", phone="137****2290", model="JS-3",
    ),
    fills("+2 09:03", "clerk", "voucher_pulled", on=SECOND, voucher="FW-3401", model="JS-3", given_to_director=True),
    does("+2 09:04", "director", "AssignTicket", on=SECOND, team="服务组"),
    does("+2 09:05", "director", "DispatchEngineer", on=SECOND, engineer=ZHAO, promised_at=_at("+2 10:00")),
    does("+2 09:55", "engineer", "ArriveOnSite", on=SECOND, actor=ZHAO),
    does("+2 10:00", "engineer", "StartWork", on=SECOND, actor=ZHAO),
    refused("R-179", "+2 10:05", "engineer", "SignCompletion", on=SECOND, signer="林女士"),
    does("+2 10:20", "engineer", "CompleteWork", on=SECOND, solution="清洗换能片", actor=ZHAO),
    refused("R-191", "+2 10:21", "clerk", "ArchivePapers", on=SECOND, papers=["服务凭证 FW-3401"]),
    does("+2 10:25", "engineer", "SignCompletion", on=SECOND, signer="林女士", place=HOME),
    does("+2 11:30", "clerk", "ArchivePapers", on=SECOND, papers=["服务凭证 FW-3401"]),
    does("+2 11:31", "clerk", "CloseTicket", on=SECOND),
)  # fmt: skip

VOUCHER_REPAIR = Story(
    name="voucher-repair",
    system="S-17",
    profile="voucher-repair",
    english="A fan heater goes to the workshop and back: register, voucher, director, receipt, repair card, archive.",
    chinese="凭服务凭证修护:叫修登记、主任派工、携回收据、修护卡、主任验讫、归还、归档。",
    steps=(
        does(
            "09:00", "clerk", "RegisterTicket", problem="暖风机不热", product="暖风机 NF-20", channel="phone",
            customer=CUSTOMER,
        ),
        refused("R-011", "09:01", "director", "AssignTicket", team="服务组"),
        refused(
            "R-011", "09:01", "engineer", "FillForm", form="repair_call_register", fields={"customer": "林女士"}
        ),
        fills(
            "09:02", "clerk", "repair_call_register",
            customer="林女士", address="建设街66号5栋1201室", phone="137****2290", model="NF-20",
        ),
        does("09:03", "director", "AssignTicket", team="服务组"),
        refused("R-012", "09:04", "director", "DispatchEngineer", engineer=ZHAO, promised_at=_at("11:00")),
        fills("09:06", "clerk", "voucher_pulled", voucher="FW-3312", model="NF-20", given_to_director=True),
        refused("R-146", "09:07", "dispatcher", "DispatchEngineer", engineer=ZHAO, promised_at=_at("11:00")),
        does("09:08", "director", "DispatchEngineer", engineer=ZHAO, promised_at=_at("11:00")),
        does("10:55", "engineer", "ArriveOnSite", actor=ZHAO),
        does("11:00", "engineer", "StartWork", actor=ZHAO),
        refused("R-183", "11:30", "engineer", "TakeProductAway", item="暖风机 NF-20", receipt="LQ-118"),
        fills(
            "11:31", "engineer", "take_away_receipt",
            at=_at("11:31"), number="LQ-118", item="暖风机 NF-20", handed_over=True,
        ),
        signs("11:32", "engineer", "take_away_receipt", "engineer", ZHAO, place=HOME),
        fills("11:33", "engineer", "voucher_take_away", at=_at("11:33"), voucher="FW-3312", receipt="LQ-118"),
        refused("R-184", "11:34", "engineer", "TakeProductAway", item="暖风机 NF-20", receipt="LQ-118"),
        signs("11:35", "engineer", "voucher_take_away", "customer", "林女士", place=HOME),
        does("11:36", "engineer", "TakeProductAway", item="暖风机 NF-20", receipt="LQ-118"),
        does("11:38", "engineer", "PauseWork", reason="other", note="携回修护"),
        does("11:40", "engineer", "LeaveCustomer", permitted_by="林女士"),
        refused("R-185", "14:00", "engineer", "ResumeWork"),
        fills("14:05", "clerk", "goods_register", came_in_at=_at("14:05"), item="暖风机 NF-20", receipt="LQ-118"),
        refused("R-186", "14:06", "engineer", "ResumeWork"),
        fills(
            "14:10", "clerk", "repair_card", number="XH-0457", item="暖风机 NF-20", fault="发热体不热", on_the_item=True
        ),
        does("14:12", "engineer", "ResumeWork", actor=ZHAO),
        does("15:30", "engineer", "ProposeItem", item="发热体", fee=45, promised_at=_at("+1 17:00")),
        does("15:40", "engineer", "ApproveItem", item="发热体", by="林女士", medium="phone"),
        does("17:00", "engineer", "CompleteWork", solution="更换发热体", actor=ZHAO),
        refused("R-187", "17:10", "director", "PassInspection", level="director"),
        fills("17:15", "engineer", "repair_card_work", finished_at=_at("17:00"), hours=1.5, parts=["发热体 NF-20-3"]),
        refused("R-188", "17:20", "clerk", "SetReturnDate", return_on="2026-03-03"),
        does("17:30", "director", "PassInspection", level="director"),
        refused("R-188", "17:32", "clerk", "ReturnProduct", receipt="LQ-118"),
        does("17:35", "clerk", "SetReturnDate", return_on="2026-03-03"),
        refused("R-189", "+1 10:00", "engineer", "SignCompletion", signer="林女士"),
        refused("R-189", "+1 10:01", "engineer", "ReturnProduct", receipt="LQ-181"),
        does("+1 10:02", "engineer", "ReturnProduct", receipt="LQ-118"),
        refused("R-191", "+1 10:03", "clerk", "ArchivePapers", papers=["服务凭证 FW-3312"]),
        does("+1 10:05", "engineer", "SignCompletion", signer="林女士", place=HOME),
        does("+1 10:08", "engineer", "ReceivePayment", amount=45, method="cash", invoice="FP-0921"),
        refused("R-191", "+1 14:00", "clerk", "CloseTicket"),
        does(
            "+1 14:05", "clerk", "ArchivePapers", papers=["服务凭证 FW-3312", "作废收据 LQ-118", "修护卡 XH-0457"]
        ),
        does("+1 14:06", "clerk", "CloseTicket"),
        *ON_THE_SPOT,
    ),
)  # fmt: skip
