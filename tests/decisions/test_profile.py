"""Versions of a profile: proposed by one, approved by another, in force for what begins later, never for the past."""

from datetime import datetime
from typing import Any

import pytest

from events.profile import ProfileApproved, ProfileProposed, ProfilePublished
from services.command import On
from services.desk import decide, policy_for
from services.policy import COMMON, policies, policy_of
from services.profile import Profile
from tests.decisions.scenario import (
    Given,
    approve_profile,
    at,
    call_received,
    clock,
    given,
    profile_approved,
    profile_proposed,
    profile_published,
    propose_profile,
    publish_profile,
    register_ticket,
    schedule_callback,
    work_completed,
    work_started,
)

STREAM = f"profile/{COMMON}"
TOP = 'profile = "common"\nversion = 1\n'
OWN = 'profile = "bakery"\nversion = 1\nextends = "common"\n[parameter.callback_within]\nvalue = 1\nunit = "days"\n'


def rows_with(**parameters: Any) -> dict[str, Any]:
    rows = {kind: dict(table) for kind, table in profile_proposed().model_dump()["rows"].items()}
    rows["parameter"] |= {name: {"value": value, "unit": "days"} for name, value in parameters.items()}
    return rows


def on(event: Any) -> On:
    return On(STREAM, event)


def in_force(within_days: int, since: datetime) -> Given:
    """Version 2 of the common profile, which gives a callback so many days, holds from a moment on."""
    proposed = profile_proposed(2, rows=rows_with(callback_within=within_days))
    return given(on(proposed), on(profile_approved(2)), on(profile_published(2, since)))


# --- the way of a version


@pytest.mark.rule("R-423")
def test_a_proposal_gets_the_next_number_and_keeps_all_that_it_inherits() -> None:
    (proposed,) = given().when(propose_profile()).decided
    assert isinstance(proposed, ProfileProposed)
    assert proposed.version == policy_of(COMMON).version + 1
    assert proposed.rows["role"].keys() == policy_of(COMMON).rows["role"].keys()
    (next_one,) = given(on(proposed)).when(propose_profile()).decided
    assert isinstance(next_one, ProfileProposed)
    assert next_one.version == proposed.version + 1


def test_nobody_approves_his_own_proposal() -> None:
    proposed = given(on(profile_proposed()))
    proposed.when(approve_profile(actor="somebody")).then_refused("profile_own_approval", rule="R-423")
    proposed.when(approve_profile(actor="else")).then(ProfileApproved(version=2))


def test_what_is_not_approved_is_not_published() -> None:
    given(on(profile_proposed())).when(publish_profile()).then_refused("profile_not_approved", rule="R-423")


def test_a_version_never_takes_effect_in_the_past() -> None:
    approved = given(on(profile_proposed()), on(profile_approved()))
    early = publish_profile(effective_from=clock("11:59"))
    approved.when(early).then_refused("profile_in_the_past", rule="R-423")
    approved.when(publish_profile()).then(ProfilePublished(version=2, effective_from=clock("13:00")))


def test_doing_it_twice_is_doing_it_once() -> None:
    done = given(on(profile_proposed()), on(profile_approved()), on(profile_published()))
    done.when(approve_profile(actor="else")).then_nothing()
    done.when(publish_profile()).then_nothing()


def test_there_must_be_something_to_approve() -> None:
    refusal = given().when(approve_profile(version=7)).then_refused("profile_version", rule="R-423")
    assert (
        refusal.english
        == f"there is no version 7 of common that waits for this; the last one is {policy_of(COMMON).version}"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("profile = ", "common.toml: expected TOML"),
        ('profile = "common"\n', "`version`"),
        ('profile = "other"\nversion = 1\nextends = "common"', 'expected `profile = "common"`'),
        ('profile = "common"\nversion = 1\nextends = "nobody"', "`extends`: expected one of"),
        (TOP + '[price.x]\nvalue = 1', "[price] is no kind of row"),
        (TOP + '[parameter.x]\nunit = "days"', "[parameter.x] `value`"),
        (TOP + '[parameter.x]\nvalue = 1\nrules = ["R-1"]', "[parameter.x] `rules.0`"),
        (TOP + '[parameter.x]\nvalue = 1\nrules = ["R-999"]', "[parameter.x] `rules`: expected rules of the rule book"),
        (TOP + '[guard.x]\ncommand = "Fly"', "[guard.x] `command`: expected one of"),
        (TOP + '[guard.x]\ncommand = "StartWork"\nneeds = "work.flown"', "[guard.x] `needs`"),
        (TOP + '[guard.x]\ncommand = "StartWork"\nneeds = "form.signed/y"', "[guard.x] `needs`"),
        (TOP + '[guard.x]\ncommand = "StartWork"\noutside = "noon"', "[guard.x] `outside`"),
        (TOP + '[calendar.x]\nzone = "Mars/One"\nwindows = ["Mon 08:00-09:00"]', "[calendar.x]"),
        (TOP + '[form.x]\nenglish="x"\nchinese="x"\nfields.a=["shape","A","甲"]', "[form.x] `fields.a"),
        (TOP + '[deadline.x]\nenglish="x"\nchinese="x"\nstarts="work.started"', "[deadline.x]"),
        (TOP + '[deadline.x]\nenglish="x"\nchinese="x"\nstarts="work.started"\nwithin="soon"', "soon"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_profile_is_told_by_file_table_and_key(text: str, why: str) -> None:
    refusal = given().when(propose_profile(text)).then_refused("profile_invalid", rule="R-423")
    assert "common" in refusal.english
    assert why in refusal.english


# --- what holds for whom


def registered(shelf: dict[str, Profile], time: str) -> Any:
    command = register_ticket(at=clock(time))
    event, *_ = decide(command, [given().state()], clock("23:00"), shelf)
    return event


@pytest.mark.rule("R-423")
def test_a_case_names_the_version_that_was_in_force_when_it_began() -> None:
    shelf = {COMMON: in_force(1, clock("13:00")).state(STREAM)}
    assert registered(shelf, "12:59").policy_version == policy_of(COMMON).version
    assert registered(shelf, "13:00").policy_version == 2


@pytest.mark.rule("R-423")
@pytest.mark.parametrize(("version", "days"), [(1, 3), (2, 1)])
def test_a_new_value_moves_no_case_that_began_before(version: int, days: int) -> None:
    shelf = {COMMON: in_force(1, clock("09:00")).state(STREAM)}
    case = given(call_received(policy_version=version), work_started(), work_completed())
    command = schedule_callback(at=clock("14:00"))
    (scheduled,) = decide(command, [case.state()], clock("23:00"), shelf)
    assert scheduled.due_at == clock("14:00", day=2 + days)  # type: ignore[union-attr]


def test_a_profile_of_ones_own_invention_is_one_file() -> None:
    (proposed,) = given().when(propose_profile(OWN, profile="bakery")).decided
    assert isinstance(proposed, ProfileProposed)
    stream = "profile/bakery"
    published = [proposed, ProfileApproved(version=1), ProfilePublished(version=1, effective_from=clock("10:00"))]
    shelf = {"bakery": given(*(On(stream, event) for event in published)).state(stream)}
    command = register_ticket("bakery")
    assert policy_for(command, [given().state()], shelf).duration("callback_within").days == 1
    given().when(command).then_refused("unknown_profile", rule="")


def test_what_began_under_the_shipped_version_keeps_it() -> None:
    shelf = {COMMON: in_force(1, clock("09:00")).state(STREAM)}
    ticket = given(at("08:00", call_received())).state()
    assert policy_for(schedule_callback(), [ticket], shelf) is policies()[COMMON]
