"""What is parked, wherever it is: messages that desks could not work on, and streams that projections could not fold.

Each has a name: `message:<desk>:<number>`, `stream:<projection>:<stream>` or `stream:reactions:<stream>`.
"""

import asyncio
from dataclasses import asdict
from typing import Any

from projections.quarantine import Poisoned
from services import reactions
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
    """Tries a parked thing again: folds or reacts to a stream, sends a message. Raises NotParked or StillPoisoned."""
    return _settle(runtime, name, leave_out=False)


def drop(runtime: Runtime, name: str) -> dict[str, Any]:
    """Gives a parked message or reaction up for good, or folds a stream without its bad event.

    Raises NotParked; StillPoisoned if another event of the stream cannot be folded either.
    """
    return _settle(runtime, name, leave_out=True)


def _settle(runtime: Runtime, name: str, *, leave_out: bool) -> dict[str, Any]:
    known = show(runtime, name)
    kind, where, what = name.split(":", 2)
    if kind == "message":
        act = parking.drop if leave_out else parking.retry
        asyncio.run(act(runtime.settings.amqp_url, where, int(what)))
    elif where == reactions.FOLLOWER:
        _react_again(runtime, what, leave_out=leave_out)
    else:
        _fold_again(runtime, where, what, leave_out=leave_out)
    return known


def _react_again(runtime: Runtime, stream: str, *, leave_out: bool) -> None:
    if leave_out:
        runtime.reactor.unpark(stream)
    elif why := runtime.react_again(stream):
        raise StillPoisoned(why)


def _fold_again(runtime: Runtime, projection: str, stream: str, *, leave_out: bool) -> None:
    try:
        runtime.projector.unpark(projection, stream, leave_out=leave_out)
    except Poisoned as error:
        raise StillPoisoned(str(error)) from error


def _messages(runtime: Runtime) -> list[parking.ParkedMessage]:
    return asyncio.run(parking.parked(runtime.settings.amqp_url)) if runtime.settings.networked else []


def _named(message: parking.ParkedMessage) -> dict[str, Any]:
    facts = asdict(message)
    return {"name": f"message:{facts.pop('desk')}:{facts.pop('number')}", "position": None, **facts}
