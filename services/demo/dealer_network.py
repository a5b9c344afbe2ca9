"""The dealer network of the demo: its sites, their people, their customers and what breaks. All of it is invented."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from services.ticket import Caller


class Fault(NamedTuple):
    """Something that breaks: what, the customer's words, its kind and grade, how it is mended, and with which part."""

    products: tuple[str, ...]
    problem: str
    category: str
    grade: int
    solution: str
    part_no: str = ""


@dataclass(frozen=True, slots=True)
class Trade:
    """What the sites of one policy profile sell and mend; `visits` is the share of jobs at the customer's;
    with a workshop, engineers are dispatched to the others as well.
    """

    profile: str
    visits: float
    has_workshop: bool
    teams: tuple[str, ...]
    faults: tuple[Fault, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """The part numbers that the store keeps."""
        return tuple(sorted({fault.part_no for fault in self.faults} - {""}))


@dataclass(frozen=True, slots=True)
class Site:
    """A dealer; `staff` names the person behind each desk's role, `teams` the engineers of each team."""

    name: str
    trade: Trade
    staff: Mapping[str, str]
    teams: Mapping[str, tuple[str, ...]]


CARS = ("轿车 1.5T 2022款", "城市SUV 2.0T 四驱", "七座MPV 2.5L", "插电混动SUV 长续航版")
ALL_CARS = (*CARS, "纯电轿车 标准版")
WARDROBES, SOFAS, TABLES = ("实木四门衣柜", "推拉门衣柜"), ("布艺转角沙发", "真皮三人沙发"), ("岩板餐桌椅", "实木餐桌")
BEDS, DRAWERS = ("1.8米软包床", "1.5米实木床"), ("儿童书桌", "五斗柜", "床头柜")
SYSTEMS, TILLS = ("资产管理系统 V6", "进销存 云版", "财务总账 专业版"), ("门店收银 POS", "进销存 云版")

TRADES = (
    Trade(
        "auto-4s", 0.15, True, ("机电一组", "机电二组", "钣喷组"),
        (
            Fault(CARS, "发动机故障灯常亮,怠速抖动", "发动机", 2, "更换点火线圈,清除故障码,路试正常", "DHXQ-15T"),
            Fault(ALL_CARS, "刹车时有尖锐异响", "制动", 1, "更换前制动片,制动盘光磨", "ZDP-F01"),
            Fault(ALL_CARS, "空调不制冷,出风有异味", "空调", 3, "更换空调滤芯,补充制冷剂", "KTLX-02"),
            Fault(ALL_CARS, "低速过坎底盘异响", "底盘", 2, "更换右前下摆臂衬套,做四轮定位", "XBB-R1"),
            Fault(ALL_CARS, "停放两天后无法启动", "电器", 2, "更换蓄电池,充电电压正常", "XDC-60A"),
            Fault(CARS, "四万公里常规保养", "保养", 4, "更换机油机滤,全车检查 32 项", "JL-5W30"),
            Fault(ALL_CARS, "倒车影像黑屏", "电器", 3, "紧固摄像头插头,升级车机软件"),
            Fault(ALL_CARS, "右后门被刮,需补漆", "钣喷", 4, "右后门钣金整形并喷漆", "QM-W02"),
        ),
    ),
    Trade(
        "furniture", 1.0, True, ("送装一组", "送装二组", "维修组"),
        (
            Fault(WARDROBES, "柜门下垂,关不严", "五金", 3, "更换液压铰链并调平门板", "JL-110"),
            Fault(WARDROBES, "柜体背板受潮发霉", "板材", 3, "更换背板,建议除湿"),
            Fault(SOFAS, "坐垫塌陷", "软体", 3, "更换高回弹海绵坐芯", "HM-45D"),
            Fault(TABLES, "台面有裂纹", "台面", 2, "更换台面,客户验收", "YB-1608"),
            Fault(BEDS, "床板断了一根,有异响", "框架", 2, "更换排骨架并加固", "PGJ-18"),
            Fault(DRAWERS, "抽屉滑轨卡滞", "五金", 4, "更换三节静音滑轨", "HG-450"),
            Fault(WARDROBES + TABLES + DRAWERS, "送货时磕碰掉漆", "表面", 4, "现场修补漆面,色差合格"),
        ),
    ),
    Trade(
        "software", 0.2, False, ("一线支持", "二线支持", "实施组"),
        (
            Fault(SYSTEMS, "登录缓慢,经常超时", "性能", 2, "重建索引,清理会话表,登录 2 秒内"),
            Fault(SYSTEMS, "月末结账后报表数字对不上", "数据", 1, "修正跨月单据,重新计算余额,客户核对无误"),
            Fault(("移动盘点 App",), "盘点枪扫码无反应", "外设", 3, "更换扫描头并重新配对", "SMT-2D"),
            Fault(SYSTEMS, "加密锁识别不到", "授权", 2, "更换加密锁并重写授权", "KEY-USB1"),
            Fault(TILLS, "小票打印乱码", "外设", 3, "更换打印头,重装驱动", "TPH-58"),
            Fault(SYSTEMS + TILLS, "新员工权限不会设置", "咨询", 4, "远程演示角色授权,发送操作手册"),
            Fault(SYSTEMS, "升级后服务无法启动", "系统", 1, "回退补丁,修复配置后重新升级"),
        ),
    ),
)  # fmt: skip

CITIES = ("SH", "BJ", "GZ", "CD", "HZ", "NJ", "WH", "XA", "CQ", "TJ")
DESK_ROLES = (
    "receptionist", "dispatcher", "foreman", "parts_clerk", "callback_agent", "manager", "guard", "advisor",
    "inspector", "cashier",
)  # fmt: skip
ENGINEERS_A_TEAM = 3
SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许韩冯邓曹"
GIVEN_NAMES = (
    "伟", "芳", "敏", "静", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "霞", "平", "刚", "慧", "斌",
    "秀英", "桂英", "建国", "文博", "子轩", "雨桐", "浩然", "晓东", "丽华", "志强", "海燕", "国栋", "思远", "佳怡",
)  # fmt: skip
STREETS = ("人民路", "中山路", "解放大道", "建设街", "和平里", "新华路", "长江路", "学院路", "滨河路", "光明街")


def dealer_network(sites: int, seed: int) -> list[Site]:
    """The sites SH01, BJ01, GZ01 …, each with a trade and people of its own; the same for the same seed."""
    return [_site(number, seed) for number in range(sites)]


def customer(dice: Random) -> Caller:
    """Somebody who needs help; the telephone number is masked, for it could be somebody's."""
    phone = f"1{dice.choice('35789')}{dice.randint(0, 9)}****{dice.randint(0, 9999):04}"
    address = f"{dice.choice(STREETS)}{dice.randint(1, 980)}号{dice.randint(1, 30)}栋{dice.randint(101, 2804)}室"
    return Caller(name=_person(dice), phone=phone, address=address)


def _site(number: int, seed: int) -> Site:
    name = f"{CITIES[number % len(CITIES)]}{number // len(CITIES) + 1:02}"
    trade = TRADES[number % len(TRADES)]
    people = _people(Random(f"{seed}/{name}"), len(DESK_ROLES) + len(trade.teams) * ENGINEERS_A_TEAM)  # noqa: S311 - a stage, not a secret
    staff = {role: people.pop() for role in DESK_ROLES}
    teams = {team: tuple(people.pop() for _ in range(ENGINEERS_A_TEAM)) for team in trade.teams}
    return Site(name, trade, staff, teams)


def _people(dice: Random, number: int) -> list[str]:
    people: dict[str, None] = {}  # in the order they came: a set's order changes from run to run
    while len(people) < number:
        people[_person(dice)] = None
    return list(people)


def _person(dice: Random) -> str:
    return dice.choice(SURNAMES) + dice.choice(GIVEN_NAMES)
