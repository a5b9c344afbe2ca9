"""S-23: care for a firm's computers and network: survey, documents, plan (003-7)."""

from typing import Any

from services.stories.story import Story, does, fills, refused, signs

DEVICES: dict[str, Any] = {
    "numbers": ["PC-001", "PC-002", "SW-01"],
    "bought": ["2023-05", "2024-01", "2022-09"],
    "warranty": ["2026-05", "2027-01", "2025-09"],
    "users": ["财务张会计", "人事李主管", "机房"],
    "hardware": ["i5/16G/512G", "i5/8G/256G", "24口千兆交换机"],
    "software": ["操作系统、财务软件", "操作系统、办公软件", "固件 2.1"],
}
DOCUMENTS: dict[str, Any] = {
    "driver_library": "按机型建立，见驱动光盘",
    "network": "结构图一张，交换机、路由器、服务器配置各一份",
    "software_manual": "安装流程与特殊软件维护说明",
    "special_devices": ["票据打印机 FAQ", "指纹考勤机 FAQ"],
    "monitoring": "网管软件已部署，显示运行图",
    "images": ["财务机备份", "人事机备份", "通用机型备份"],
    "licences": ["办公软件 10 套正版", "财务软件 2 套正版"],
}
LIST: dict[str, Any] = {"device_file": True, "driver_disc": True, "maintenance_documents": True}
PLAN: dict[str, Any] = {
    "permissions": "按部门分组，各组只读写本部门目录",
    "antivirus": "统一部署，服务器集中升级",
    "backup": "每日增量、每周全量，季度演练恢复",
}
DONE: dict[str, Any] = {"actor": "纪工", "solution": "设备调研完成，文档移交，运营方案确认"}

IT_CARE = Story(
    name="it-care",
    system="S-23",
    profile="it-care",
    english="A firm's devices are surveyed; the phase ends with its documents, and the plan follows.",
    chinese="设备调研、文档移交、制定网络运营方案。",
    steps=(
        does(
            "09:00", "receptionist", "RegisterTicket",
            problem="新签约客户，首次设备调研", product="网络与计算机设备", channel="in_person",
            customer={"name": "某商贸公司", "phone": "021-****480", "address": "长江路200号"},
        ),
        does("09:05", "receptionist", "AssignTicket", team="运维一组"),
        does("09:10", "dispatcher", "DispatchEngineer", engineer="纪工"),
        does("10:00", "engineer", "ArriveOnSite", actor="纪工"),
        does("10:05", "engineer", "StartWork", actor="纪工"),
        refused("R-401", "11:00", "engineer", "CompleteWork", **DONE),
        refused("R-402", "15:00", "engineer", "FillForm", form="device_file", fields={**DEVICES, "labels": False}),
        fills("16:00", "engineer", "device_file", **DEVICES, labels=True),
        refused("R-403", "16:05", "engineer", "CompleteWork", **DONE),
        fills("+1 15:00", "engineer", "survey_documents", **DOCUMENTS),
        refused("R-404", "+1 15:05", "engineer", "CompleteWork", **DONE),
        refused(
            "R-404", "+1 15:10", "engineer", "FillForm",
            form="handover_list", fields={**LIST, "driver_disc": False},
        ),
        fills("+1 16:00", "engineer", "handover_list", **LIST),
        signs("+1 16:10", "engineer", "handover_list", "customer", "李主管", place="客户办公室"),
        refused("R-405", "+2 09:00", "engineer", "CompleteWork", **DONE),
        fills("+2 15:00", "engineer", "operation_plan", **PLAN),
        signs("+2 15:20", "engineer", "operation_plan", "customer", "李主管", place="客户办公室"),
        does("+2 15:30", "engineer", "CompleteWork", **DONE),
        does("+2 16:00", "receptionist", "CloseTicket"),
    ),
)  # fmt: skip
