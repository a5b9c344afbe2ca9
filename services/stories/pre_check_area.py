"""S-20: the pre-check area, its four cars and twenty minutes (003-1)."""

from services.stories.story import Story, does, fills, passes, refused, signs

PRE_CHECK_AREA = Story(
    name="pre-check-area",
    system="S-20",
    profile="auto-4s",
    english="Four cars in the pre-check area, one of them too long: the manager is told, cars are moved.",
    chinese="预检区四辆车、其中一辆超时：通知服务经理，疏导车辆。",
    case="area/SH01",
    steps=(
        does("09:00", "guard", "EnterArea", plate="沪A0001", bay=1, purpose="repair"),
        refused("R-094", "09:01", "guard", "EnterArea", plate="沪A0099", bay=2, purpose="other"),
        refused("R-094", "09:01", "guard", "EnterArea", plate="沪A0002", bay=1, purpose="maintenance"),
        refused("R-094", "09:01", "guard", "EnterArea", plate="沪A0002", bay=4, purpose="maintenance"),
        does("09:02", "guard", "EnterArea", plate="沪A0002", bay=2, purpose="maintenance"),
        does("09:04", "guard", "EnterArea", plate="沪A0003", bay=3, purpose="repair"),
        does("09:05", "guard", "EnterArea", plate="沪A0004", bay=0, purpose="repair"),
        refused("R-097", "09:05", "manager", "RelocateVehicle", plate="沪A0004", to="waiting_bay"),
        does("09:06", "guard", "AlertManager", cause="crowded"),
        refused("R-097", "09:07", "manager", "RelocateVehicle", plate="沪A0004", to="temporary_parking"),
        does("09:08", "manager", "RelocateVehicle", plate="沪A0004", to="temporary_parking", queue_card="7"),
        does("09:12", "advisor", "LeaveArea", plate="沪A0001"),
        does("09:14", "advisor", "LeaveArea", plate="沪A0003"),
        passes("09:30", "deadline.missed"),
        does("09:31", "guard", "AlertManager", cause="overstay", plate="沪A0002"),
        does("09:33", "manager", "RelocateVehicle", plate="沪A0002", to="waiting_for_repair"),
        refused("R-100", "09:35", "manager", "FillForm", form="area_fine",
                fields={"plate": "沪A0002", "cause": "overstay", "person": "值班接待"}),
        fills("09:36", "manager", "area_fine", plate="沪A0002", cause="overstay", person="值班接待", amount=50),
        signs("09:37", "manager", "area_fine", "manager", "周经理"),
        refused("R-096", "09:40", "advisor", "LeaveArea", plate="沪A0002"),
        does("+28 17:00", "manager", "ReviewAreaMonth", month="2026-03", causes="周一集中到店",
             measures="预约分流到下午"),
    ),
)  # fmt: skip
