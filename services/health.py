"""Two questions of whoever runs us: does this process live, and may it be given work?"""

import psycopg
from pydantic import BaseModel

from services.doctor import FollowerHealth, followers
from services.runtime import Runtime


class Readiness(BaseModel):
    """Whether work may be given to this process, and if not, why, in both languages ("" if it may)."""

    ready: bool
    english: str = ""
    chinese: str = ""


def alive() -> dict[str, bool]:
    """That there is an answer is the answer; it asks nobody else, so that no outage elsewhere gets us restarted."""
    return {"alive": True}


def ready(runtime: Runtime) -> Readiness:
    """Whether the database answers and no follower stands still; behind but moving is healthy.

    It asks the database: call it from a thread, never on an event loop.
    """
    try:
        stalled = [each for each in followers(runtime) if not each.healthy]
    except psycopg.OperationalError as error:
        english, chinese = f"the database does not answer: {error}", f"数据库无响应:{error}"
        return Readiness(ready=False, english=english, chinese=chinese)
    english = "; ".join(map(_stalled, stalled))
    return Readiness(ready=not stalled, english=english, chinese=";".join(map(_stalled_in_chinese, stalled)))


def _stalled(each: FollowerHealth) -> str:
    return f"{each.name} is {each.behind} events behind and has not moved for {each.idle_seconds:.0f} s"


def _stalled_in_chinese(each: FollowerHealth) -> str:
    return f"{each.name} 落后 {each.behind} 个事件,已停滞 {each.idle_seconds:.0f} 秒"
