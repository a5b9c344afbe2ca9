"""A rule book that changes: published through the one road, it holds for new cases and moves no number of old ones."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from events.callback import CallbackScheduled
from events.event import Recorded
from services import policy
from services.command import Command, Outcome, parse
from services.form import digest_of
from services.policy import policies, read_text
from services.printing import print_blank, print_filled
from services.profile import shipped_digest
from services.refusal import Rejected
from services.runtime import Runtime
from services.settings import Settings
from services.whatif import recorded_verdicts, verdicts_under

CALL: dict[str, Any] = {"problem": "漏水", "product": "净水器", "channel": "phone", "customer": {"name": "王"}}
BAKERY = """
profile = "bakery"
version = 1
extends = "common"

[deadline.first_contact]
english = "The customer is called"
chinese = "致电客户"
rules = ["R-008"]
starts = "ticket.registered"
met_by = "support.customer_contacted"
within = "{within}"

[form.oven_sheet]
english = "Oven sheet"
chinese = "烤箱单"
kind = "condition"
rules = ["R-160"]
signed_by = ["customer"]
before = ["StartWork"]
fields.oven = ["text", "Oven", "烤箱"]
fields.clean = ["must", "Clean", "已清洁"]
fields.heat = ["gas | power?", "Heat", "热源"]
"""


@pytest.fixture
def runtime(database_url: str) -> Iterator[Runtime]:
    """The embedded mode over an empty store."""
    runtime = Runtime(Settings(Path()), database_url)
    yield runtime
    runtime.close()


def command(name: str, key: str, actor: str = "li", role: str = "manager", at: str = "09:00", **fields: Any) -> Command:
    envelope = {"command_id": f"{name}-{key}", "site": "SH01", "actor": actor, "role": role}
    return parse({"command": name, **envelope, "at": f"2026-03-02T{at}:00+08:00", **fields})


def publish(runtime: Runtime, version: int, text: str, at: str) -> None:
    """The bakery's rules as a version that holds from a time on."""
    steps = [
        command("ProposeProfile", f"{version}", profile="bakery", text=text, at=at),
        command("ApproveProfile", f"{version}", "gm", "general_manager", at=at, profile="bakery", version=version),
        command(
            "PublishProfile", f"{version}", "gm", "general_manager",
            at=at, profile="bakery", version=version, effective_from=f"2026-03-02T{at}:00+08:00",
        ),
    ]  # fmt: skip
    assert [outcome.status for outcome in runtime.ask(steps)] == ["accepted"] * 3


def register(runtime: Runtime, ticket: str, at: str) -> list[Recorded]:
    runtime.ask([command("RegisterTicket", ticket, ticket=ticket, profile="bakery", at=at, **CALL)])
    return list(runtime.store.read(f"ticket/{ticket}"))


def send(runtime: Runtime, name: str, ticket: str, **fields: Any) -> Outcome:
    (outcome,) = runtime.ask([command(name, ticket, ticket=ticket, **fields)])
    return outcome


def due(events: list[Recorded]) -> tuple[int, datetime]:
    registered, started = (each.event for each in events)
    return registered.policy_version, started.due_at  # type: ignore[attr-defined]


# --- versions


@pytest.mark.rule("R-423")
def test_a_published_profile_holds_for_what_begins_later_and_changes_nothing_before(runtime: Runtime) -> None:
    publish(runtime, 1, BAKERY.format(within="5 minutes"), "08:00")
    old = register(runtime, "T1", "09:00")
    publish(runtime, 2, BAKERY.format(within="1 hour"), "10:00")
    new = register(runtime, "T2", "10:00")
    assert due(old) == (1, datetime(2026, 3, 2, 1, 5, tzinfo=UTC))
    assert due(new) == (2, datetime(2026, 3, 2, 3, 0, tzinfo=UTC))
    assert list(runtime.store.read("ticket/T1")) == old
    late = register(runtime, "T3", "09:30")  # told late: it began while version 1 was in force
    assert due(late)[0] == 1


def test_another_process_decides_under_what_was_just_published(runtime: Runtime, database_url: str) -> None:
    other = Runtime(Settings(Path()), database_url)
    publish(runtime, 1, BAKERY.format(within="5 minutes"), "08:00")
    assert due(register(other, "T1", "09:00"))[0] == 1
    publish(runtime, 2, BAKERY.format(within="1 hour"), "10:00")
    assert due(register(other, "T2", "10:00"))[0] == 2
    other.close()


def test_the_guards_of_a_version_go_with_the_tickets_that_began_under_it(runtime: Runtime) -> None:
    publish(runtime, 1, BAKERY.format(within="5 minutes"), "08:00")
    register(runtime, "T1", "09:00")
    publish(runtime, 2, 'profile = "bakery"\nversion = 1\nextends = "common"', "09:10")
    register(runtime, "T2", "09:10")
    for ticket in ("T1", "T2"):
        send(runtime, "AssignTicket", ticket, team="A")
    refused, accepted = send(runtime, "StartWork", "T1"), send(runtime, "StartWork", "T2")
    assert refused.refusal is not None
    assert (refused.refusal.code, refused.refusal.rule) == ("guard_needs", "R-160")
    assert accepted.status == "accepted"


def edit(monkeypatch: pytest.MonkeyPatch, profile: str, parameter: str, value: object) -> None:
    """As if somebody had changed a value in the profile's file and started anew."""
    tables = {name: dict(table) for name, table in policy._shipped().items()}
    tables[profile]["parameter"] = {**tables[profile]["parameter"], parameter: {"value": value, "unit": "days"}}
    monkeypatch.setattr(policy, "_shipped", lambda: tables)
    policies.cache_clear()
    shipped_digest.cache_clear()


@pytest.fixture
def as_shipped() -> Iterator[None]:
    """Forgets afterwards what an edited file said."""
    yield
    policies.cache_clear()
    shipped_digest.cache_clear()


@pytest.mark.usefixtures("as_shipped")
@pytest.mark.rule("R-423")
def test_a_value_changed_in_the_file_holds_for_new_tickets_and_moves_no_old_one(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Runtime(Settings(Path()), database_url)
    live(before, "T1")
    before.close()
    edit(monkeypatch, "common", "callback_within", 1)
    after = Runtime(Settings(Path()), database_url)
    live(after, "T2")
    for ticket in ("T1", "T2"):
        send(after, "SignCompletion", ticket, signer="王", at="11:00")
    days = {ticket: scheduled(after, ticket).day for ticket in ("T1", "T2")}
    assert days == {"T1": 5, "T2": 3}
    assert [each.event.name for each in after.store.read("profile/common")] == ["profile.shipped"] * 2
    after.close()


LIFE: dict[str, dict[str, Any]] = {
    "RegisterTicket": {"profile": "common", **CALL},
    "AssignTicket": {"team": "A"},
    "StartWork": {},
    "CompleteWork": {"solution": "换芯"},
}


def live(runtime: Runtime, ticket: str) -> None:
    for name, fields in LIFE.items():
        assert send(runtime, name, ticket, **fields).status == "accepted"


def scheduled(runtime: Runtime, ticket: str) -> datetime:
    """When the callback of a ticket is due, +08:00."""
    (due,) = (
        each.event.due_at
        for each in runtime.store.read(f"ticket/{ticket}")
        if isinstance(each.event, CallbackScheduled)
    )
    return due.astimezone(timezone(timedelta(hours=8)))


# --- what if


@pytest.mark.rule("R-423")
def test_a_profile_can_be_tried_on_what_happened_before_it_is_published(runtime: Runtime) -> None:
    publish(runtime, 1, BAKERY.format(within="5 minutes"), "08:00")
    register(runtime, "T1", "09:00")
    send(runtime, "ContactCustomer", "T1", at="09:20", purpose="first_contact", medium="phone", result="约好")
    events, now = list(runtime.store.read("ticket/T1")), datetime(2026, 3, 3, tzinfo=UTC)
    generous = read_text("bakery.toml", BAKERY.format(within="1 hour"))
    assert recorded_verdicts(events) == {("first_contact", "late"): 1}
    assert verdicts_under(generous, events, now) == {("first_contact", "in_time"): 1}
    assert verdicts_under(generous, events[:2], now) == {("first_contact", "missed"): 1}
    assert list(runtime.store.read("ticket/T1")) == events


# --- forms on paper


def fill(runtime: Runtime, key: str, **fields: Any) -> str:
    """Fills the oven sheet of T1 in; returns its digest."""
    subject = {"subject": "ticket/T1", "form": "oven_sheet"}
    (outcome,) = runtime.ask([command("FillForm", key, role="receptionist", **subject, fields=fields)])
    assert outcome.status == "accepted", outcome
    return digest_of("ticket/T1", "oven_sheet", int(key), fields)


def sign(runtime: Runtime, key: str, digest: str, drawing: str = "") -> Outcome:
    fields = {"digest": digest, "party": "customer", "signer": "王", "method": "on_screen", "place": "店内"}
    fields["drawing"] = drawing
    subject = {"subject": "ticket/T1", "form": "oven_sheet"}
    (outcome,) = runtime.ask([command("SignForm", key, role="receptionist", **subject, **fields)])
    return outcome


@pytest.mark.rule("R-160", "R-180")
def test_a_form_shows_who_signed_which_edition_and_that_it_was_changed_afterwards(runtime: Runtime) -> None:
    publish(runtime, 1, BAKERY.format(within="5 minutes"), "08:00")
    register(runtime, "T1", "09:00")
    send(runtime, "AssignTicket", "T1", team="A")
    first = fill(runtime, "1", oven="一号炉", clean=True)
    assert sign(runtime, "1", first).status == "accepted"
    second = fill(runtime, "2", oven="<二号炉>", clean=True, heat="gas")
    assert sign(runtime, "1b", first).refusal.code == "form_other_edition"  # type: ignore[union-attr]
    assert send(runtime, "StartWork", "T1").status == "rejected"
    row = read_text("bakery.toml", BAKERY.format(within="5 minutes")).form("oven_sheet")
    events = list(runtime.store.read("ticket/T1"))
    page = print_filled("oven_sheet", row, events)
    assert "&lt;二号炉&gt;" in page
    assert "those signatures do not hold for it" in page
    assert f"摘要 {first}" in page
    assert second in page
    before = print_filled("oven_sheet", row, events, edition=1)
    assert "<strong>王</strong>" in before
    assert "There is a later edition, 2." in before
    assert sign(runtime, "2", second).status == "accepted"


@pytest.mark.rule("R-180")
def test_a_signature_drawn_on_a_screen_is_shown_as_it_was_drawn_on_the_edition_that_it_signs(runtime: Runtime) -> None:
    publish(runtime, 1, BAKERY.format(within="5 minutes"), "08:00")
    register(runtime, "T1", "09:00")
    row = read_text("bakery.toml", BAKERY.format(within="5 minutes")).form("oven_sheet")
    first = fill(runtime, "1", oven="一号炉", clean=True)
    sign(runtime, "1", first, "M 10 190 L 300,20.5 L 590 190 Z")
    fill(runtime, "2", oven="二号炉", clean=True)
    events = list(runtime.store.read("ticket/T1"))
    stroke = '<path d="M 10 190 L 300,20.5 L 590 190 Z" fill="none" stroke="currentColor" stroke-width="3"/>'
    assert f'<svg viewBox="0 0 600 200">{stroke}</svg>' in print_filled("oven_sheet", row, events, edition=1)
    assert "<svg" not in print_filled("oven_sheet", row, events)


def test_a_record_that_was_altered_is_shown_as_such(runtime: Runtime) -> None:
    publish(runtime, 1, BAKERY.format(within="5 minutes"), "08:00")
    register(runtime, "T1", "09:00")
    fill(runtime, "1", oven="一号炉", clean=True)
    row = read_text("bakery.toml", BAKERY.format(within="5 minutes")).form("oven_sheet")
    *before, filled = runtime.store.read("ticket/T1")
    forged = filled.event.model_copy(update={"fields": {"oven": "别的炉", "clean": True}})
    altered = Recorded(filled.position, filled.stream, filled.version, filled.recorded_at, forged, filled.context)
    assert "this record was altered" not in print_filled("oven_sheet", row, [*before, filled])
    assert "this record was altered" in print_filled("oven_sheet", row, [*before, altered])


def test_a_blank_form_has_room_for_all_that_is_asked_and_signed() -> None:
    page = print_blank("oven_sheet", read_text("bakery.toml", BAKERY.format(within="5 minutes")).form("oven_sheet"))
    assert "烤箱单" in page
    assert "Oven sheet" in page
    assert "☐ gas ☐ power" in page
    assert "____________________" in page


def test_what_was_never_filled_in_cannot_be_printed() -> None:
    row = read_text("bakery.toml", BAKERY.format(within="5 minutes")).form("oven_sheet")
    with pytest.raises(Rejected, match="has not been filled in"):
        print_filled("oven_sheet", row, [])
