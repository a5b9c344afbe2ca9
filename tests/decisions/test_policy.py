"""Who may send what, from when, under which profile; and that every refusal has its words in both languages."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from string import Formatter

import pytest

from services.command import COMMANDS, Command, On
from services.desk import DECISIONS, DESK_OF, decide
from services.policy import COMMON, policies, policy_of
from services.refusal import REFUSALS, Rejected
from services.rows import BLANK
from tests.decisions.scenario import (
    COMMAND_WORDS,
    PROFILES,
    ROWS,
    When,
    assign_ticket,
    assigned,
    call_received,
    clock,
    close_ticket,
    closed,
    enter_area,
    for_every_profile,
    for_plain_profiles,
    given,
    profile_approved,
    profile_proposed,
    profile_published,
    register_ticket,
    schedule_callback,
    sign_agreement,
    work_completed,
    work_started,
)

ROLES = sorted(policy_of(COMMON).roles)
OF_THE_IMPORTER = {"late_line", "unreadable_line"}  # provoked by the tests of the importer
IN_BOTH_LANGUAGES = pytest.mark.parametrize("code", REFUSALS)


# --- who


@for_every_profile
@pytest.mark.parametrize("word", COMMAND_WORDS, ids=lambda word: type(word()).__name__)
def test_only_the_roles_of_the_rule_book_may_send_a_command(word: Callable[..., Command], profile: str) -> None:
    name = type(word()).__name__
    for role in [*ROLES, "stranger"]:
        decided = given(call_received(profile)).when(word(role=role))
        permitted = name in policy_of(profile).roles.get(role, ())
        assert (decided.refusal is not None and decided.refusal.code == "role_not_permitted") is not permitted


def test_the_refusal_names_the_roles_that_may() -> None:
    refusal = given().when(assign_ticket(role="engineer")).then_refused("role_not_permitted", rule="R-145")
    assert refusal.english == (
        "role engineer may not send AssignTicket;"
        " it is for advisor, director, dispatcher, foreman, manager, receptionist"
    )


@for_every_profile
def test_every_command_can_be_sent_by_somebody_and_nobody_may_send_what_does_not_exist(profile: str) -> None:
    permitted = set().union(*policy_of(profile).roles.values())
    assert permitted == COMMANDS.keys()


def test_every_command_is_decided_at_one_desk() -> None:
    assert {command.__name__ for command in DECISIONS} == COMMANDS.keys()
    assert DESK_OF.keys() == DECISIONS.keys()


# --- when


@for_plain_profiles
def test_a_senders_clock_may_run_ahead_as_far_as_the_profile_tolerates(profile: str) -> None:
    limit = clock("12:00") + policy_of(profile).duration("clock_tolerance")
    given(call_received(profile)).when(assign_ticket(at=limit), now=clock("12:00")).then(assigned())


@for_every_profile
def test_nothing_happens_in_the_future(profile: str) -> None:
    ahead = policy_of(profile).duration("clock_tolerance") + timedelta(seconds=1)
    command = assign_ticket(at=clock("12:00") + ahead)
    refusal = given(call_received(profile)).when(command, now=clock("12:00")).then_refused("in_the_future", rule="")
    assert f"{ahead.total_seconds():.0f} s ahead" in refusal.english


def test_a_fact_may_be_told_late() -> None:
    given(call_received()).when(assign_ticket(at=clock("12:00")), now=clock("12:00", day=30)).then(assigned())


# --- under which profile


def test_a_ticket_is_judged_by_the_profile_it_was_registered_under() -> None:
    done = (assigned(), work_started(), work_completed())
    given(call_received("imported"), *done).when(close_ticket()).then(closed("换片"))
    given(call_received("common"), *done).when(close_ticket()).then_refused("unsigned", rule="R-166")


def test_there_is_no_ticket_under_a_profile_that_does_not_exist() -> None:
    refusal = given().when(register_ticket("bakery")).then_refused("unknown_profile", rule="")
    assert refusal.english == f"there is no policy profile bakery; there are {', '.join(PROFILES)}"


@for_every_profile
def test_a_profile_has_a_value_for_all_that_decisions_ask(profile: str) -> None:
    policy = policy_of(profile)
    assert {policy.flag("needs_signature"), policy.flag("needs_callback")} <= {True, False}
    assert policy.duration("callback_within") > timedelta(0)
    assert policy.duration("clock_tolerance") > timedelta(0)
    assert 1 <= policy.number("satisfied_from") <= 5


def test_what_a_profile_does_not_say_is_taken_from_the_common_one() -> None:
    common, software = policies()[COMMON], policies()["software"]
    assert (common.flag("needs_signature"), software.flag("needs_signature")) == (True, False)
    assert software.duration("callback_within") == common.duration("callback_within")
    assert software.roles == common.roles


@pytest.mark.parametrize(
    "command", [register_ticket("bakery"), sign_agreement(profile="bakery"), enter_area(profile="bakery")]
)
def test_nothing_begins_under_a_profile_that_does_not_exist(command: Command) -> None:
    given().when(command).then_refused("unknown_profile", rule="")


# --- what the documents leave blank


@for_every_profile
def test_a_parameter_that_is_left_blank_is_asked_for_by_its_name(profile: str) -> None:
    policy = policy_of(profile)
    for name in (name.removeprefix("parameter.") for name in policy.blanks() if name.startswith("parameter.")):
        for ask in (policy.number, policy.flag, policy.words, policy.duration):
            with pytest.raises(Rejected, match=f"R-423: profile {profile} leaves {name} blank"):
                ask(name)


@pytest.mark.rule("R-423")
def test_nothing_is_decided_by_a_number_that_nobody_filled_in() -> None:
    parameters = ROWS["parameter"] | {"callback_within": {"value": BLANK, "unit": "days"}}
    proposed = profile_proposed(2, rows=ROWS | {"parameter": parameters})
    versions = [On(f"profile/{COMMON}", each) for each in (proposed, profile_approved(2), profile_published(2))]
    shelf = {COMMON: given(*versions).state(f"profile/{COMMON}")}
    ticket = given(call_received(policy_version=2), assigned(), work_started(), work_completed()).state()
    with pytest.raises(Rejected) as rejected:
        list(decide(schedule_callback(), [ticket], clock("12:00"), shelf))
    When(schedule_callback(), [], rejected.value.refusal).then_refused("blank_parameter", rule="R-423")


# --- the words


@IN_BOTH_LANGUAGES
def test_a_refusal_tells_the_same_facts_in_both_languages(code: str) -> None:
    _, english, chinese = REFUSALS[code]
    assert _facts(english) == _facts(chinese)
    refusal = Rejected(code, **dict.fromkeys(_facts(english), "x")).refusal
    assert "{" not in refusal.english + refusal.chinese
    assert refusal.english != refusal.chinese


@IN_BOTH_LANGUAGES
def test_a_refusal_tells_its_rule_where_there_is_one(code: str) -> None:
    rule, english, _ = REFUSALS[code]
    text = str(Rejected(code, **dict.fromkeys(_facts(english), "x")))
    assert text.startswith(f"{rule}: ") if rule else not text.startswith("R-")


def test_every_refusal_is_provoked_by_a_test() -> None:
    here = Path(__file__)
    told = "".join(file.read_text("utf8") for file in here.parents[1].rglob("test_*.py") if file != here)
    unproven = {code for code in REFUSALS if f'"{code}"' not in told + PROVOKED_HERE}
    assert unproven - OF_THE_IMPORTER == set()


def _facts(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


PROVOKED_HERE = '"role_not_permitted" "in_the_future" "unknown_profile" "blank_parameter"'
