"""What stands on the papers of a car's way through the workshop; the stories and the demo fill them in alike."""

from typing import Any

Fields = dict[str, Any]

APPOINTMENT: Fields = {
    "customer": "陈女士",
    "plate": "沪A·T2026",
    "need_confirmed": True,
    "benefits": True,
    "message_sent": True,
}
PREPARATION: Fields = {
    "expected_at": "2026-03-02T09:30:00+08:00",
    "data_known": True,
    "lane": "预约通道",
    "bay": "预约工位 2",
    "parts_on_rack": True,
    "order_drafted": True,
    "on_guards_list": True,
    "place_ready": True,
}
PRE_CHECK: Fields = {
    "plate": "沪A·T2026",
    "mileage": 40120,
    "fuel": 55,
    "covers_fitted": True,
    "walk_around": True,
    "defects": ["右后门划痕约 5 厘米"],
    "customer_says": "刹车时有尖锐异响,冷车更明显",
    "valuables_reminded": True,
    "licence_received": True,
    "manual_received": True,
    "last_repair": "三个月前更换机油机滤",
}
DIAGNOSIS: Fields = {
    "engine": "both",
    "speed": "40-60 公里/小时",
    "load": "empty",
    "road": "市区公路",
    "added_equipment": "行车记录仪",
    "last_maintenance": "三个月前",
    "earlier_repairs": "无",
    "began": "约一周前",
    "how_often": "occasional",
    "on_the_lift": True,
    "joint_road_test": True,
    "repeated_fault": False,
    "warranty": "not_covered",
    "warranty_unclear": False,
    "full_inspection_first": False,
}
STOCK: Fields = {"parts": ["前制动片 ZDP-F01:库存 6 副"], "file_consulted": True}
QUOTE: Fields = {
    "plan": "更换前制动片,制动盘光磨,路试",
    "in_the_system": True,
    "explained": True,
    "allowance": True,
    "free_checks": "accepted",
    "confirmed": True,
}
WORK_ORDER: Fields = {
    "customer": "陈女士",
    "phone": "138****0001",
    "address": "建设街 12 号",
    "entered_on": "2026-03-02",
    "model": "轿车 1.5T 2022款",
    "plate": "沪A·T2026",
    "chassis_no": "LTEST00000000001",
    "engine_no": "E15T-0001",
    "accessories": 4,
    "mileage": 40120,
    "fuel": 55,
    "items": ["更换前制动片:工时 200,备品 480", "制动盘光磨:工时 120"],
    "cap": 1000,
    "completion_at": "2026-03-02T16:00:00+08:00",
    "warranty_period": "更换部件一年或两万公里",
    "overhaul": False,
    "painting_welding_overhaul": False,
    "instrument_test": False,
    "road_test": False,
    "first_maintenance": False,
    "old_parts": "take_away",
    "wash": False,
    "callback_time": "工作日 18:00 以后",
    "callback_form": "phone",
    "reach_during_work": "本人手机",
    "stays": False,
    "payment_explained": True,
    "confirmed_again": True,
    "copies_handed_over": True,
    "papers_kept": True,
}
TO_THE_WORKSHOP: Fields = {
    "keys": True,
    "task_order": True,
    "register": True,
    "parked_at": "待修区 3 号",
    "content": "更换前制动片,制动盘光磨",
    "deliver_by": "2026-03-02T16:00:00+08:00",
    "told_face_to_face": "异响在右前轮,冷车起步时最明显",
}
BEFORE_WORK: Fields = {
    "car_accepted": True,
    "certificate_no": "内部认证 JD-017",
    "fault_confirmed": True,
    "manual": "维修手册 制动系统 4.2 节",
    "tools_complete": True,
    "tools_replaced": [],
    "belongings_touched": False,
}
FREE_CHECK: Fields = {"results": ["轮胎气压正常", "灯光正常", "玻璃水已添加"]}
TEAM_LEADER: Fields = {"suggestions": "两万公里内检查后制动片", "cautions": "磨合期避免急刹车"}
CERTIFICATE: Fields = {"number": "HG-0302-01", "items": True, "joints": True, "safety_parts": True, "accessories": True}
ROAD_TEST: Fields = {"driver": "赵师傅", "route": "厂外环线 6 公里", "passed": True}
WASHED: Fields = {"told": True, "no_harm": True, "faces_exit": True}
FINISHED: Fields = {"papers_returned": True, "parked_at": "竣工区 1 号"}
ADVISORS_CHECK: Fields = {
    "recorded": True,
    "on_the_car": True,
    "free_checks": True,
    "old_parts": True,
    "clean": True,
    "mosquitoes": False,
}
SHOWN: Fields = {
    "accompanied_by": "服务顾问 林静",
    "covers_removed": True,
    "old_parts_shown": True,
    "advice": "磨合期避免急刹车",
    "next_maintenance": True,
    "spare_wheel": True,
    "clean": True,
    "offers": True,
    "callback_told": True,
}
SETTLEMENT: Fields = {
    "labour": 320,
    "parts": 480,
    "total": 800,
    "explained": True,
    "recommended": ["两万公里内检查后制动片"],
    "next_on": "2026-09-02",
    "next_at": 45000,
    "reminder_told": True,
    "callback_slot": "工作日 18:00 以后",
}
CAR_FILE: Fields = {
    "customer_and_vehicle": True,
    "signed_papers": ["预检单", "施工单", "结算单"],
    "callbacks": True,
}
GIVEN_BACK: Fields = {
    "keys": True,
    "licence_and_manual": True,
    "contact_given": True,
    "further_needs": "暂无",
}
