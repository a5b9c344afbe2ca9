"""One ticket's life: what is told about it, step by step, when it was due or at another time."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from services.command import Command, derived_id
from services.form import FillForm, SignForm, digest_of

TIME_AT = 10  # where an ISO date ends and its time begins


class Life:
    """A diary's commands, told one after another; told later, what they promise lies as far ahead as before."""

    def __init__(self, commands: Iterable[Command]) -> None:
        self._left, self._late = deque(commands), timedelta()
        self._forms: dict[str, tuple[int, dict[str, Any]]] = {}  # form → its edition and what stands in it

    @property
    def due(self) -> datetime:
        """When the next step is due: as long after the last one as the diary says."""
        return self._left[0].at + self._late

    @property
    def coming(self) -> Command:
        """The next step, not told yet."""
        return self._left[0]

    @property
    def is_over(self) -> bool:
        """Whether everything was told."""
        return not self._left

    def tell(self, at: datetime) -> Command:
        """The next command, told at this time; told late, it gets an id of its own, the same each time."""
        command = self._left.popleft()
        self._late = at - command.at
        return self._written(_moved(command, self._late) if self._late else command)

    def _written(self, command: Command) -> Command:
        """Keeps the edition of a form that is filled in, and signs the one that is there."""
        if isinstance(command, FillForm):
            edition, before = self._forms.get(command.form, (0, {}))
            self._forms[command.form] = edition + (command.fields != before), command.fields
        if isinstance(command, SignForm):
            digest = digest_of(command.subject, command.form, *self._forms[command.form])
            return command.model_copy(update={"digest": digest})
        return command


def _moved(command: Command, by: timedelta) -> Command:
    changes = {name: _later(value, by) for name, value in command}
    return command.model_copy(update=changes | {"command_id": derived_id("moved", command.command_id)})


def _later(value: Any, by: timedelta) -> Any:
    """A moment, alone or as the text or field of a form, so much later; anything else as it is."""
    match value:
        case datetime():
            return value + by
        case dict():
            return {name: _later(each, by) for name, each in value.items()}
        case str() if value[TIME_AT : TIME_AT + 1] == "T" and (moment := _moment(value)):
            return (moment + by).isoformat()
    return value


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
