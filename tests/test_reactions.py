"""What follows from events: the next desk's command, once, and never from another system's history."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services import deadletters, desk, reactions
from services.callback import ScheduleCallback
from services.command import Command, parse
from services.deadletters import StillPoisoned
from services.refusal import Rejected
from services.runtime import Runtime
from services.settings import Settings

DECISIONS: dict[Any, Any] = desk.DECISIONS
CALL = {"problem": "p", "product": "x", "channel": "phone", "customer": {"name": "Wang"}, "profile": "common"}
GOOD, BAD = {"attitude": 5, "quality": 5, "result": 5}, {"attitude": 1, "quality": 5, "result": 5}


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """The embedded mode over an empty store."""
    runtime = Runtime(Settings(Path()), database_url)
    yield runtime
    runtime.close()


def command(name: str, ticket: str, **fields: Any) -> Command:
    envelope = {"command_id": f"{ticket}-{name}", "site": "SH01", "actor": "li", "role": "manager"}
    return parse({"command": name, **envelope, "at": "2026-03-02T09:00:00+08:00", "ticket": ticket, **fields})


def finished(ticket: str, **call: Any) -> list[Command]:
    return [
        command("RegisterTicket", ticket, **{**CALL, **call}),
        command("AssignTicket", ticket, team="A"),
        command("StartWork", ticket),
        command("CompleteWork", ticket, solution="new valve"),
    ]


def called_back(ticket: str, **fields: Any) -> Command:
    return command("CompleteCallback", ticket, actor="chen", identity_verified=True, **fields)


def names(runtime: Runtime, stream: str) -> list[str]:
    return [recorded.event.name for recorded in runtime.store.read(stream)]


def test_a_signed_service_gets_a_callback_with_its_cause_named(runtime: Runtime) -> None:
    runtime.ask([*finished("T1"), command("SignCompletion", "T1", signer="Wang")])
    *_, signed, scheduled = runtime.store.read("ticket/T1")
    assert scheduled.event.name == "callback.scheduled"
    assert scheduled.context.causation_id == f"ticket/T1@{signed.version}"
    assert (scheduled.context.actor, scheduled.context.correlation_id) == ("system", "ticket/T1")


def test_a_service_that_nobody_signs_gets_its_callback_when_it_is_done(runtime: Runtime) -> None:
    runtime.ask(finished("T1", profile="software"))
    assert names(runtime, "ticket/T1")[-1] == "callback.scheduled"


def test_a_service_that_is_to_be_signed_gets_no_callback_before(runtime: Runtime) -> None:
    runtime.ask(finished("T1"))
    assert "callback.scheduled" not in names(runtime, "ticket/T1")


@pytest.mark.parametrize(
    ("said", "follows", "complaints"),
    [
        ({"ratings": GOOD, "outcome": "resolved"}, "ticket.closed", []),
        ({"ratings": BAD, "outcome": "resolved"}, "ticket.closed", ["complaint.registered"]),
        ({"ratings": GOOD, "outcome": "unresolved"}, "ticket.reopened", []),
        ({"ratings": GOOD, "outcome": "new_problem"}, "ticket.reopened", []),
    ],
)
def test_what_the_customer_says_closes_reopens_or_complains(
    runtime: Runtime, said: dict[str, Any], follows: str, complaints: list[str]
) -> None:
    runtime.ask([*finished("T1"), command("SignCompletion", "T1", signer="Wang")])
    runtime.ask([called_back("T1", **said)])
    assert names(runtime, "ticket/T1")[-1] == follows
    answered = next(each for each in runtime.store.read("ticket/T1") if each.event.name == "callback.completed")
    assert names(runtime, f"complaint/T1-{answered.version}") == complaints


def test_reacting_twice_is_reacting_once(runtime: Runtime) -> None:
    runtime.ask([*finished("T1"), command("SignCompletion", "T1", signer="Wang")])
    before = runtime.store.last_position()
    again = [each for recorded in runtime.store.follow(0, 100) for each in reactions.react(recorded)]
    assert [outcome.repeated for outcome in runtime.handle(again)] == [True]
    assert runtime.store.last_position() == before


def test_a_reaction_that_breaks_parks_its_ticket_and_lets_the_others_go_on(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = DECISIONS[ScheduleCallback]

    def broken(wanted: ScheduleCallback, *arguments: Any) -> Any:
        if wanted.ticket == "T1":
            raise ZeroDivisionError("a fault of ours")
        return schedule(wanted, *arguments)

    monkeypatch.setitem(DECISIONS, ScheduleCallback, broken)
    runtime.ask(finished("T1", profile="software") + finished("T2", profile="software"))
    assert "callback.scheduled" not in names(runtime, "ticket/T1")
    assert "callback.scheduled" in names(runtime, "ticket/T2")
    (parked,) = deadletters.found(runtime)
    assert parked["name"] == "stream:reactions:ticket/T1"
    assert "ZeroDivisionError: a fault of ours" in parked["cause"]
    with pytest.raises(StillPoisoned, match="a fault of ours"):
        deadletters.retry(runtime, parked["name"])
    monkeypatch.setitem(DECISIONS, ScheduleCallback, schedule)
    deadletters.retry(runtime, parked["name"])
    assert names(runtime, "ticket/T1")[-1] == "callback.scheduled"
    assert deadletters.found(runtime) == []


def test_a_refused_reaction_is_an_answer_and_parks_nothing(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*arguments: Any) -> Any:
        raise Rejected("no_callback_due", ticket="T1")

    monkeypatch.setitem(DECISIONS, ScheduleCallback, refused)
    runtime.ask(finished("T1", profile="software"))
    assert deadletters.found(runtime) == []


def test_nothing_follows_from_another_system_s_history(runtime: Runtime) -> None:
    line = {"log": "x", "line": 1, "profile": "imported", "team": "A", "product": "", "impact": "", "status": "done"}
    runtime.ask([command("ImportLogLine", "T1", role="importer", action="CompleteWork", attributes={}, **line)])
    completed = [each for each in runtime.store.read("ticket/T1") if each.event.name == "work.completed"]
    assert [reactions.react(recorded) for recorded in completed] == [[]]


def test_a_follower_that_wants_nothing_of_what_happened_comes_to_the_end_of_the_log(runtime: Runtime) -> None:
    runtime.handle([command("RegisterTicket", "T1", **CALL)])
    assert list(runtime.reactor.read()) == []
    runtime.renew("reactor")
    (place,) = runtime.reader.rows("SELECT position FROM boards.checkpoints WHERE follower = 'reactions'")
    assert place["position"] == runtime.store.last_position()


def test_a_follower_reads_again_what_it_has_not_noted_as_done(runtime: Runtime) -> None:
    runtime.handle(finished("T1"))
    first, again = runtime.reactor.read(), runtime.reactor.read()
    assert [recorded.event.name for recorded in first] == ["work.completed"]
    assert first == again
    runtime.reactor.done()
    assert list(runtime.reactor.read()) == []
