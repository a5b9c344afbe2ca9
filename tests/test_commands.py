"""The doors' reading: what becomes a command, and what a sender of anything else is told, word for word."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from services.command import COMMANDS, Command, Malformed, derived_id, dump, parse
from tests.decisions.scenario import (
    COMMAND_WORDS,
    PROFILES,
    add_note,
    assign_ticket,
    call_received,
    clock,
    given,
    register_ticket,
)

START = {
    "command": "StartWork",
    "command_id": "c-1",
    "site": "SH01",
    "actor": "wang",
    "role": "engineer",
    "at": "2026-03-02T12:00:00+08:00",
    "ticket": "T1",
}
RATED = START | {
    "command": "CompleteCallback",
    "identity_verified": True,
    "ratings": {"attitude": 6, "quality": 4, "result": 5},
    "outcome": "resolved",
}
SIGNED = START | {"command": "SignCompletion", "signer": "Li"}
NAMES = ", ".join(sorted(COMMANDS))


def without(field: str) -> dict[str, Any]:
    return {name: value for name, value in START.items() if name != field}


# --- what is no command

NO_COMMANDS: list[tuple[Any, str]] = [
    (
        b"StartWork T1",
        "expected one JSON object; found bytes that are no JSON "
        "(unexpected character, expected a JSON value: line 1 column 1 (char 0)): b'StartWork T1'",
    ),
    (
        b'{"command": "StartWork"',
        "expected one JSON object; found bytes that are no JSON "
        "(unexpected end of data: line 1 column 24 (char 23)): b'{\"command\": \"StartWork\"'",
    ),
    (
        b"",
        "expected one JSON object; found bytes that are no JSON "
        "(Input is a zero-length, empty document: line 1 column 1 (char 0)): b''",
    ),
    (
        b"\xff\xfe",
        "expected one JSON object; found bytes that are no JSON "
        "(str is not valid UTF-8: surrogates not allowed: line 1 column 1 (char 0)): b'\\xff\\xfe'",
    ),
    (b'["StartWork", "T1"]', "expected one JSON object; found list: ['StartWork', 'T1']"),
    (b"null", "expected one JSON object; found NoneType: None"),
    (START | {"command": "Fly"}, f"field `command`: expected one of {NAMES}; found 'Fly'"),
    (without("command"), f"field `command`: expected one of {NAMES}; found None"),
    (without("ticket"), "StartWork: field `ticket`: expected a value; found none"),
    (START | {"tickets": "T1"}, "StartWork: field `tickets`: no such field; remove it or mend its name"),
    (
        START | {"at": "2026-03-02T12:00:00"},
        "StartWork: field `at`: expected a time with its offset, like 2026-11-21T09:30:00+08:00; "
        "found '2026-03-02T12:00:00'",
    ),
    (
        START | {"at": "yesterday"},
        "StartWork: field `at`: expected it to be a valid datetime or date, input is too short; "
        "found 'yesterday'",
    ),
    (START | {"site": 1}, "StartWork: field `site`: expected it to be a valid string; found 1"),
    (
        START | {"ticket": "ticket/T1"},
        r"StartWork: field `ticket`: expected it to match pattern '^[\w.\-]{1,64}$'; found 'ticket/T1'",
    ),
    (START | {"actor": ""}, "StartWork: field `actor`: expected it to have at least 1 character; found ''"),
    (
        RATED,
        "CompleteCallback: field `ratings.attitude`: expected it to be less than or equal to 5; found 6",
    ),
    (
        START | {"command": "PauseWork", "reason": "lunch"},
        "PauseWork: field `reason`: expected it to be 'waiting_for_part', 'waiting_for_customer', "
        "'waiting_for_supplier', 'waiting_for_manufacturer', 'waiting_for_approval', 'new_finding', 'rest_time' or "
        "'other'; found 'lunch'",
    ),
    (
        without("actor") | {"ticket": "", "colour": "red"},
        "StartWork: field `actor`: expected a value; found none; "
        r"field `ticket`: expected it to match pattern '^[\w.\-]{1,64}$'; found ''; "
        "field `colour`: no such field; remove it or mend its name",
    ),
    (SIGNED | {"drawing": "M 0 0"}, "SignCompletion: field `drawing`: expected it to be empty unless `method` is "
     "on_screen; found 'M 0 0'"),
    (SIGNED | {"method": "on_screen", "drawing": '"/><script>'}, "SignCompletion: field `drawing`: expected it to "
     r"""match pattern '^[MLZ0-9 .,\-]*$'; found '"/><script>'"""),
    (START | {"command": "CompleteWork", "solution": "  "}, "CompleteWork: field `solution`: expected it to have at "
     "least 1 character; found '  '"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "told"), NO_COMMANDS)
def test_what_is_no_command_is_told_field_and_reason(sent: Any, told: str) -> None:
    with pytest.raises(Malformed) as malformed:
        parse(sent)
    assert str(malformed.value) == told


@pytest.mark.parametrize(("sent", "told"), [row for row in NO_COMMANDS if isinstance(row[0], dict)])
def test_bytes_and_documents_are_told_the_same(sent: dict[str, Any], told: str) -> None:
    with pytest.raises(Malformed) as malformed:
        parse(orjson.dumps(sent))
    assert str(malformed.value) == told


def test_what_was_found_is_quoted_but_never_at_length() -> None:
    with pytest.raises(Malformed) as malformed:
        parse(START | {"at": "x" * 10_000})
    assert len(str(malformed.value)) < 250


def test_reading_a_document_leaves_it_as_it_was() -> None:
    document = dict(START)
    parse(document)
    assert document == START


@settings(max_examples=300, deadline=None)
@for_any(st.binary(max_size=60))
def test_any_bytes_are_a_command_or_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@for_any(st.sampled_from(sorted(set(START) - {"command"})), anything)
def test_a_field_may_hold_anything_and_only_malformed_comes_of_it(field: str, value: Any) -> None:
    told = ""
    try:
        parse(START | {field: value})
    except Malformed as malformed:
        told = str(malformed)
    assert not told or told.startswith(f"StartWork: field `{field}")


@pytest.mark.parametrize("name", [[], {}])
def test_a_command_name_that_is_no_text_is_malformed(name: Any) -> None:
    with pytest.raises(Malformed, match="field `command`: expected one of"):
        parse(START | {"command": name})


def test_however_deep_a_document_is_nested_it_is_malformed() -> None:
    with pytest.raises(Malformed):
        parse(b"[" * 1000 + b"]" * 1000)


@pytest.mark.parametrize("field", ["command_id", "actor", "correlation_id", "causation_id"])
def test_a_nul_character_never_reaches_the_database(field: str) -> None:
    with pytest.raises(Malformed, match=f"field `{field}`"):
        parse(START | {field: "a\0b"})


def test_a_time_before_year_one_that_would_make_the_whole_log_unreadable_is_malformed() -> None:
    with pytest.raises(Malformed, match="field `at`"):
        parse(START | {"at": "0001-01-01T00:00:00+14:00"})


# --- what is one

FORTH_AND_BACK = pytest.mark.parametrize("word", COMMAND_WORDS, ids=lambda word: type(word()).__name__)


@FORTH_AND_BACK
def test_every_command_can_be_written_and_read_back(word: Callable[..., Command]) -> None:
    command = word(correlation_id="story", causation_id="ticket/T1@3")
    assert parse(dump(command)) == command
    assert parse(orjson.dumps(dump(command))) == command


@FORTH_AND_BACK
def test_a_commands_name_is_its_class(word: Callable[..., Command]) -> None:
    assert dump(word())["command"] == type(word()).__name__


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@settings(max_examples=200, deadline=None)
@for_any(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200),
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=offsets),
)
def test_any_words_and_any_offset_come_through_unharmed(text: str, at: datetime) -> None:
    if text.strip():
        command = add_note(f".{text}.", at=at)
        again = parse(orjson.dumps(dump(command)))
        assert again == command
        assert again.at.utcoffset() == at.utcoffset()


def test_a_ticket_may_have_a_chinese_name() -> None:
    command = parse(START | {"ticket": "沪01-260302-7F3K"})
    assert command.streams == ("ticket/沪01-260302-7F3K",)


def test_a_command_without_a_story_begins_one() -> None:
    assert parse(START).context().correlation_id == "ticket/T1"
    assert parse(START | {"correlation_id": "story"}).context().correlation_id == "story"


def test_the_same_cause_makes_the_same_id_and_another_cause_another() -> None:
    assert derived_id("reaction", "ticket/T1@3") == derived_id("reaction", "ticket/T1@3")
    assert derived_id("a", "bc") != derived_id("ab", "c")


# --- a command that reads well and can still not be right


def test_a_time_in_the_future_is_refused_and_told_by_how_much() -> None:
    command = assign_ticket(at=clock("13:00"))
    refusal = given(call_received()).when(command, now=clock("12:00")).then_refused("in_the_future", rule="")
    assert str(refusal) == "`at` lies 3600 s ahead of our clock; send the time when it happened"


def test_an_unknown_ticket_is_refused() -> None:
    refusal = given().when(assign_ticket()).then_refused("unknown_ticket", rule="R-001")
    assert str(refusal) == "R-001: there is no ticket T1; register it first"


def test_another_sites_ticket_is_refused() -> None:
    refusal = given(call_received()).when(assign_ticket(site="BJ01")).then_refused("other_site", rule="R-026")
    assert str(refusal) == "R-026: this belongs to site SH01, not to BJ01"


def test_a_role_that_may_not_is_refused() -> None:
    refusal = (
        given(call_received()).when(assign_ticket(role="parts_clerk")).then_refused("role_not_permitted", rule="R-145")
    )
    assert str(refusal) == (
        "R-145: role parts_clerk may not send AssignTicket; it is for advisor, director, dispatcher, foreman,"
        " manager, receptionist"
    )


def test_a_profile_that_does_not_exist_is_refused() -> None:
    refusal = given().when(register_ticket("bakery")).then_refused("unknown_profile", rule="")
    assert str(refusal) == f"there is no policy profile bakery; there are {', '.join(PROFILES)}"
