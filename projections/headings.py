"""The columns of boards, and the words in them, in both languages."""

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

WORDS = {
    "registered": "registered 已登记",
    "assigned": "assigned 已分派",
    "dispatched": "dispatched 已派工",
    "on_site": "on site 已到达",
    "working": "working 施工中",
    "paused": "paused 暂停",
    "completed": "completed 已完工",
    "closed": "closed 已关闭",
    "cancelled": "cancelled 已取消",
    "merged": "merged 已合并",
    "waiting_for_part": "part 待料",
    "waiting_for_customer": "customer 等客户",
    "waiting_for_supplier": "supplier 等供应商",
    "waiting_for_manufacturer": "manufacturer 等厂家",
    "waiting_for_approval": "approval 等审批",
    "new_finding": "new finding 新问题",
    "rest_time": "rest time 休息",
    "other": "other 其他",
}


def headings(*columns: str) -> dict[str, tuple[str, str]]:
    """The headings of these columns, in this order."""
    return {column: HEADINGS[column] for column in columns}
