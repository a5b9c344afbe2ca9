"""The columns of boards in both languages."""

HEADINGS = {
    "ticket": ("Ticket", "工单"),
    "site": ("Site", "网点"),
    "status": ("Status", "状态"),
    "since": ("Since", "始于"),
    "registered_at": ("Registered", "登记时间"),
    "problem": ("Problem", "问题"),
    "product": ("Product", "产品"),
    "customer": ("Customer", "客户"),
    "phone": ("Phone", "电话"),
    "category": ("Category", "类别"),
    "fault_grade": ("Grade", "故障级别"),
    "team": ("Team", "班组"),
    "owner": ("Owner", "负责人"),
    "engineer": ("Engineer", "工程师"),
    "promised_at": ("Promised", "承诺时间"),
    "pause_reason": ("Pause reason", "暂停原因"),
    "follow_up_on": ("Follow up on", "跟踪日期"),
    "follow_up_reason": ("Why", "跟踪原因"),
    "open_parts": ("Open parts", "待料"),
    "solution": ("Solution", "处理结果"),
    "signed_by": ("Signed by", "签字"),
    "callback_due": ("Call by", "回访期限"),
    "rating": ("Rating", "评分"),
    "handovers": ("Handovers", "转派"),
    "reopenings": ("Reopened", "重开"),
    "part_no": ("Part", "配件号"),
    "on_hand": ("On hand", "库存"),
    "received": ("Received", "入库"),
    "issued": ("Issued", "出库"),
    "complaint": ("Complaint", "投诉"),
    "statement": ("Statement", "内容"),
    "result": ("Result", "结果"),
}


def headings(*columns: str) -> dict[str, tuple[str, str]]:
    """The headings of these columns, in this order."""
    return {column: HEADINGS[column] for column in columns}
