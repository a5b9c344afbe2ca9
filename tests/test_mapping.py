"""A mapping says what another system's words mean; what is wrong with it is told with file, table and key."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from services.logs.mapping import MappingError, UnreadableValue, mapping_for, read_mapping
from services.policy import policies
from tests.written_logs import MAPPING, line, mapping, write

SHIPPED = ("bpic2013_closed_problems", "bpic2013_incidents", "bpic2013_open_problems")


def what_is_wrong_with(text: str) -> str:
    with pytest.raises(MappingError) as wrong:
        read_mapping("desk.toml", text)
    return str(wrong.value)


def with_key(key: str, value: str) -> str:
    """The mapping of the tests with one line of it changed."""
    return "\n".join(f"{key} = {value}" if row.startswith(f"{key} =") else row for row in MAPPING.splitlines())


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("ending", [".xes", ".xes.gz", ".csv"])
def test_a_shipped_mapping_is_found_by_the_name_of_the_log(name: str, ending: str) -> None:
    assert mapping_for(Path(f"anywhere/{name}{ending}")).log == name


def test_a_log_of_an_unknown_name_needs_a_mapping() -> None:
    with pytest.raises(MappingError) as wrong:
        mapping_for(Path("desk.xes"))
    known = ", ".join(SHIPPED)
    assert str(wrong.value) == f"no mapping is known for desk.xes; write one and give it (known by name: {known})"


def test_a_mapping_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    assert mapping_for(Path("any.xes"), write(tmp_path / "desk.toml", MAPPING)).log == "desk"


def test_a_missing_mapping_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"desk\.toml cannot be read: .*No such file"):
        mapping_for(Path("any.xes"), tmp_path / "desk.toml")


def test_the_problems_logs_are_kin_and_call_team_and_org_line_by_each_others_name() -> None:
    incidents, closed, opened = (mapping_for(Path(f"bpic2013_{n}.xes")) for n in NAMES)
    assert closed.kin == opened.kin != incidents.kin
    assert (incidents.team.attribute, closed.team.attribute, opened.team.attribute) == (
        "org:group",
        "organization involved",
        "",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("log = ", "desk.toml is no TOML: Invalid value (at end of document)"),
        (
            MAPPING.replace('"StartWork"', '"StartWrok"'),
            "desk.toml: [does] key `Accepted/In Progress`: expected one of AssignTicket, DispatchEngineer, StartWork,"
            " PauseWork, ResumeWork, CompleteWork, CloseTicket, CancelTicket, ReopenTicket; found 'StartWrok';"
            " did you mean `StartWork`?",
        ),
        (
            MAPPING.replace("waiting_for_customer", "waiting_for_custom"),
            "desk.toml: [does] key `Accepted/Wait - User`: expected one of waiting_for_part, waiting_for_customer,"
            " waiting_for_supplier, waiting_for_manufacturer, waiting_for_approval, new_finding, rest_time, other;"
            " found 'waiting_for_custom'; did you mean `waiting_for_customer`?",
        ),
        (
            MAPPING.replace("ticket =", "tickets ="),
            "desk.toml: key `ticket`: expected a value; found none\n"
            "desk.toml: key `tickets`: means nothing here; did you mean `ticket`?",
        ),
        (
            with_key("site", '{ attribut = "country" }'),
            "desk.toml: key `site.attribut`: means nothing here; did you mean `attribute`?",
        ),
        (
            MAPPING.replace("[does]", 'encoding = "utf8x"\n[does]'),
            "desk.toml: key `encoding`: no encoding is named utf8x; e.g. utf-8, gb18030, windows-1252",
        ),
        (with_key("site", "{ upper = true }"), "desk.toml: key `site`: needs an `attribute` or a `default`"),
        (
            with_key("profile", '"improted"'),
            f"desk.toml: key `profile`: no profile is named improted; there are {', '.join(sorted(policies()))};"
            " did you mean `imported`?",
        ),
        (
            with_key("time", '{ attribute = "time", zone = "Asia/Shanhai" }'),
            "desk.toml: key `time.zone`: no time zone is named Asia/Shanhai; give its name or its offset, like +08:00",
        ),
        (with_key("team", "7"), "desk.toml: key `team`: expected the name of an attribute, or a table; found 7"),
        (
            MAPPING.replace("[does]", "[doez]"),
            "desk.toml: key `does`: expected a value; found none\n"
            "desk.toml: key `doez`: means nothing here; did you mean `does`?",
        ),
    ],
)
def test_a_wrong_mapping_is_refused_with_file_table_and_key(text: str, message: str) -> None:
    assert what_is_wrong_with(text) == message


def test_an_attribute_that_the_log_does_not_have_is_told_with_those_it_has() -> None:
    with pytest.raises(MappingError) as wrong:
        mapping().must_fit(Path("desk.xes"), {"oranization country", "contry", "product", "trace:concept:name"})
    assert str(wrong.value) == (
        "desk.toml: key `time` names the attribute `time:timestamp`, which no line of desk.xes has;"
        " it has contry, oranization country, product, trace:concept:name"
    )


def test_a_misspelt_attribute_gets_a_suggestion() -> None:
    opened = mapping_for(Path("bpic2013_open_problems.xes"))
    has = {*opened.named(), "organization country"} - {"oranization country"}
    with pytest.raises(
        MappingError, match=r"which no line of p\.xes has; did you mean `organization country`\?; it has"
    ):
        opened.must_fit(Path("p.xes"), has)


def test_blank_values_become_the_default_and_letters_the_case_wanted() -> None:
    site = mapping().site
    assert [site.of(line(0, country=country)) for country in ("se", " SE ", "0", "")] == [
        "SE",
        "SE",
        "unknown",
        "unknown",
    ]


def test_a_value_without_a_default_must_be_there_for_what_a_ticket_cannot_do_without() -> None:
    with pytest.raises(UnreadableValue, match="attribute `trace:concept:name`: expected a value; found none"):
        mapping().ticket.of(line(0))
    assert mapping().team.of(line(0, team="")) == ""


def test_letters_that_a_name_may_not_have_can_be_replaced() -> None:
    known = read_mapping("desk.toml", with_key("ticket", '{ attribute = "nr", replace = { "/" = "-", " " = "" } }'))
    assert known.ticket.of({"nr": "2012 / 7"}) == "2012-7"


def test_a_site_may_be_the_same_for_the_whole_log() -> None:
    known = read_mapping("desk.toml", with_key("site", '{ default = "SH01" }'))
    assert known.site.of(line(0)) == "SH01"
    assert "country" not in known.named()


@pytest.mark.parametrize(
    ("time", "said", "moment"),
    [
        ('"t"', "2012-03-01T08:00:00.000+01:00", datetime(2012, 3, 1, 8, tzinfo=timezone(timedelta(hours=1)))),
        ('"t"', "2012-03-01T08:00:00Z", datetime(2012, 3, 1, 8, tzinfo=UTC)),
        ('{ attribute = "t", zone = "+08:00" }', "2012-03-01 08:00", datetime(2012, 3, 1, 0, tzinfo=UTC)),
        ('{ attribute = "t", zone = "Asia/Shanghai" }', "2012-03-01 08:00", datetime(2012, 3, 1, 0, tzinfo=UTC)),
        (
            '{ attribute = "t", zone = "+00:00", format = "%d.%m.%Y %H:%M" }',
            "01.03.2012 08:00",
            datetime(2012, 3, 1, 8, tzinfo=UTC),
        ),
    ],
)
def test_a_time_is_read_with_its_offset_or_in_the_zone_that_the_mapping_names(
    time: str, said: str, moment: datetime
) -> None:
    found = read_mapping("desk.toml", with_key("time", time)).moment_of({"t": said})
    assert (found, found.utcoffset()) == (moment, found.utcoffset())
    assert found.utcoffset() is not None


def test_a_time_without_an_offset_is_refused_until_the_mapping_names_a_zone() -> None:
    with pytest.raises(MappingError) as wrong:
        mapping().moment_of({"time:timestamp": "2012-03-01 08:00"})
    assert str(wrong.value) == (
        "desk.toml: key `time`: the times in attribute `time:timestamp` tell no offset (found 2012-03-01T08:00:00);"
        ' say where they were taken, e.g. time = { attribute = "time:timestamp", zone = "Asia/Shanghai" }'
    )


@pytest.mark.parametrize("said", [{}, {"time:timestamp": "yesterday"}, {"time:timestamp": "2012-02-30T08:00:00Z"}])
def test_what_is_no_time_is_unreadable(said: Mapping[str, str]) -> None:
    with pytest.raises(UnreadableValue, match="attribute `time:timestamp`: expected a time; "):
        mapping().moment_of(said)


NAMES = ("incidents", "closed_problems", "open_problems")
