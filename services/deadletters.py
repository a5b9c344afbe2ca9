"""What is parked, wherever it is: messages that desks could not work on, and streams that projections could not fold.

Each has a name: `message:<desk>:<number>` or `stream:<projection>:<stream>`.
"""

import asyncio
from dataclasses import asdict
from typing import Any

from projections.projector import Poisoned
from services.amqp import parking
from services.runtime import Runtime


class NotParked(LookupError):
    """Nothing is parked under this name."""


class StillPoisoned(RuntimeError):
    """It was tried again and failed again; it stays parked."""


def found(runtime: Runtime) -> list[dict[str, Any]]:
    """All that is parked: name, cause, and where or what it is."""
    streams = [
        {"name": f"stream:{row['projection']}:{row['stream']}", "cause": row["cause"], "position": row["position"],
         "body": ""}
        for row in runtime.reader.parked()
    ]  # fmt: skip
    return streams + [_named(message) for message in _messages(runtime)]


def show(runtime: Runtime, name: str) -> dict[str, Any]:
    """One parked thing. Raises NotParked."""
    for each in found(runtime):
        if each["name"] == name:
            return each
    raise NotParked(f"nothing is parked as {name!r}; `aftersales dead list` names what is")


def retry(runtime: Runtime, name: str) -> dict[str, Any]:
    """Folds a parked stream again, or sends a parked message again. Raises NotParked or StillPoisoned."""
    return _settle(runtime, name, leave_out=False)


def drop(runtime: Runtime, name: str) -> dict[str, Any]:
    """Folds a parked stream without its bad event, or removes a parked message for good. Raises NotParked."""
    return _settle(runtime, name, leave_out=True)


def _settle(runtime: Runtime, name: str, *, leave_out: bool) -> dict[str, Any]:
    known = show(runtime, name)
    kind, where, what = name.split(":", 2)
    if kind == "message":
        act = parking.drop if leave_out else parking.retry
        asyncio.run(act(runtime.settings.amqp_url, where, int(what)))
        return known
    try:
        runtime.projector.unpark(where, what, leave_out=leave_out)
    except Poisoned as error:
        raise StillPoisoned(str(error)) from error
    return known


def _messages(runtime: Runtime) -> list[parking.ParkedMessage]:
    return asyncio.run(parking.parked(runtime.settings.amqp_url)) if runtime.settings.networked else []


def _named(message: parking.ParkedMessage) -> dict[str, Any]:
    facts = asdict(message)
    return {"name": f"message:{facts.pop('desk')}:{facts.pop('number')}", "position": None, **facts}
