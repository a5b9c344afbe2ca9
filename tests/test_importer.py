"""Real logs are imported once, however often they come, and nothing of them is lost or made up."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from events import log_line
from events.store import Store
from services import embedded
from services.command import Command, Outcome
from services.desk import fold
from services.handle import Road
from services.logs import importer
from services.logs.importer import Report, import_log
from services.logs.mapping import LogMapping, MappingError, read_mapping
from tests.conftest import TEMPLATE
from tests.written_logs import MAPPING, Line, life, line, mapping, write, xes

Stored = dict[str, list[Any]]
OTHER = f"other_{os.getpid()}"


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that small logs take many."""
    monkeypatch.setattr(importer, "BATCH", 20)


@pytest.fixture
def other_store(server: embedded.Server) -> Iterator[Store]:
    """A second empty store, to compare with."""
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {OTHER} TEMPLATE {TEMPLATE} OWNER {embedded.OWNER}")
        with closing(Store(server.url(embedded.APP, OTHER))) as other:
            yield other
        connection.execute(f"DROP DATABASE {OTHER} WITH (FORCE)")


def sending(road: Road) -> Callable[[Sequence[Command]], Sequence[Outcome]]:
    return lambda commands: road.handle(commands, datetime.now(UTC))


def imported(store: Store, log: Path, known: LogMapping | None = None) -> Report:
    """Imports a log with a road of its own, as a new process would."""
    return import_log(log, known or mapping(), sending(Road(store)), lambda lines, share: None)


RULES = "profile/imported"  # put on record with the first case


def stored(store: Store) -> Stored:
    """Everything in the log but when it was recorded."""
    streams: Stored = {}
    for each in store.follow(0, 100_000):
        streams.setdefault(each.stream, []).append((each.version, each.event, each.context))
    return streams


def lines_of(store: Store) -> list[log_line.LogLineImported]:
    return [each.event for each in store.follow(0, 100_000) if isinstance(each.event, log_line.LogLineImported)]


def status(store: Store, ticket: str) -> str:
    return str(fold(f"ticket/{ticket}", store.read(f"ticket/{ticket}")).status)


def a_log(path: Path, *lines: Line) -> Path:
    """A log of one ticket, T1."""
    return write(path / "desk.xes", xes({"T1": lines}))


# --- whole files


def test_every_line_of_a_log_is_in_its_tickets_history_with_all_its_attributes(store: Store, tmp_path: Path) -> None:
    report = imported(store, write(tmp_path / "desk.xes.gz", xes(life(7, 9))))
    assert (report.tickets, report.lines, report.new_lines, report.repeated_lines) == (7, 63, 63, 0)
    assert [event.line for event in lines_of(store)] == list(range(1, 64))
    assert lines_of(store)[10].attributes == {"trace:concept:name": "T2", **line(1, team="B")}
    assert report.events == store.last_position()
    assert (report.refused, report.unmapped, report.broken) == ([], {}, None)


def test_a_line_is_told_as_of_its_own_time_and_actor(store: Store, tmp_path: Path) -> None:
    imported(store, a_log(tmp_path, line(0, **{"org:resource": "Olle"})))
    for recorded in store.read("ticket/T1"):
        assert recorded.context.occurred_at.isoformat() == "2012-03-01T08:00:00+01:00"
        assert (recorded.context.actor, recorded.context.role, recorded.context.site) == ("Olle", "importer", "SE")
        assert recorded.recorded_at.year > 2012


def test_a_line_leads_its_ticket_through_the_steps_that_the_log_leaves_out(store: Store, tmp_path: Path) -> None:
    imported(store, a_log(tmp_path, line(0, "Accepted/Wait - User"), line(90, "Completed/Closed")))
    assert [each.event.name for each in store.read("ticket/T1")] == [
        "ticket.registered",
        "ticket.assigned",
        "work.started",
        "work.paused",
        "ticket.log_line_imported",
        "work.resumed",
        "work.completed",
        "ticket.closed",
        "ticket.log_line_imported",
    ]


def test_each_change_of_team_is_one_hand_over(store: Store, tmp_path: Path) -> None:
    teams = ["A", "A", "B", "A", "A", "C", "C"]
    queued = [line(n, "Queued/Awaiting Assignment", team) for n, team in enumerate(teams)]
    imported(store, write(tmp_path / "desk.xes", xes({"T1": queued, "T2": queued, "T3": [line(0, team="Z")]})))
    assert store.counts()["ticket.handed_over"] == 2 * 3


def test_a_ticket_is_reopened_when_its_log_goes_on_after_closing(store: Store, tmp_path: Path) -> None:
    imported(store, a_log(tmp_path, line(0), line(1, "Completed/Closed"), line(2, "Accepted/Wait - User")))
    assert (store.counts()["ticket.reopened"], status(store, "T1")) == (1, "paused")


def test_a_ticket_belongs_to_the_site_of_its_first_line(store: Store, tmp_path: Path) -> None:
    report = imported(store, a_log(tmp_path, line(0, country="se"), line(1, country="pl")))
    assert (report.new_lines, {each.context.site for each in store.read("ticket/T1")}) == (2, {"SE"})
    assert [event.attributes["country"] for event in lines_of(store)] == ["se", "pl"]


def test_a_log_without_teams_is_imported_all_the_same(store: Store, tmp_path: Path) -> None:
    teamless = read_mapping("desk.toml", MAPPING.replace('team = "org:group"\n', ""))
    imported(store, a_log(tmp_path, line(0), line(1, "Completed/Closed"), line(2)), teamless)
    assert (status(store, "T1"), "ticket.handed_over" in store.counts()) == ("working", False)


def test_progress_tells_the_lines_so_far_and_the_share_of_the_file(store: Store, tmp_path: Path) -> None:
    heard: list[tuple[int, float]] = []
    log = write(tmp_path / "desk.xes", xes(life(5, 10)))
    import_log(log, mapping(), sending(Road(store)), lambda lines, share: heard.append((lines, share)))
    assert [lines for lines, _ in heard] == [20, 40, 50]
    assert heard[-1][1] == 1


def test_a_csv_is_imported_with_the_zone_that_its_mapping_names(store: Store, tmp_path: Path) -> None:
    log = write(tmp_path / "calls.csv", "nr;when;what\nT1;01.03.2012 08:00;new\nT2;01.03.2012 09:00;done\n")
    report = imported(store, log, read_mapping("calls.toml", CALLS))
    assert (report.lines, report.tickets, report.new_lines) == (2, 2, 2)
    assert store.read("ticket/T1")[0].context.occurred_at.isoformat() == "2012-03-01T08:00:00+08:00"
    assert status(store, "T2") == "completed"


# --- again


def test_importing_a_log_again_records_nothing(store: Store, tmp_path: Path) -> None:
    log = write(tmp_path / "desk.xes", xes(life(7, 9)))
    imported(store, log)
    before = store.last_position()
    again = imported(store, log)
    assert (again.lines, again.new_lines, again.repeated_lines, again.events) == (63, 0, 63, 0)
    assert store.last_position() == before


def test_lines_that_two_logs_of_a_family_share_are_imported_once_in_either_order(
    store: Store, other_store: Store, tmp_path: Path
) -> None:
    closed = write(tmp_path / "closed.xes", xes({"T1": [line(0), line(1), line(2)], "T2": [line(0)]}))
    opened = write(tmp_path / "opened.xes", xes({"T1": [line(1), line(2), line(3)], "T3": [line(0)]}))
    logs = [(closed, mapping(log="closed", family="desk")), (opened, mapping(log="opened", family="desk"))]
    forth = [imported(store, *each) for each in logs]
    back = [imported(other_store, *each) for each in reversed(logs)]
    assert [report.new_lines for report in forth] == [4, 2]
    assert [report.new_lines for report in back] == [4, 2]
    assert forth[1].repeated_lines == back[1].repeated_lines == 2
    assert set(stored(store)) == set(stored(other_store)) == {"ticket/T1", "ticket/T2", "ticket/T3", RULES}
    assert sorted(event.attributes["time:timestamp"] for event in lines_of(store)) == sorted(
        event.attributes["time:timestamp"] for event in lines_of(other_store)
    )


def test_logs_that_are_no_family_do_not_share_lines(store: Store, tmp_path: Path) -> None:
    log = a_log(tmp_path, line(0))
    imported(store, log, mapping(log="one"))
    assert imported(store, log, mapping(log="two")).new_lines == 1


def test_a_line_that_comes_after_later_ones_is_kept_and_not_followed(store: Store, tmp_path: Path) -> None:
    imported(store, write(tmp_path / "opened.xes", xes({"T1": [line(5, "Completed/Closed", "B")]})))
    report = imported(store, write(tmp_path / "closed.xes", xes({"T1": [line(1, team="A")]})))
    assert (report.new_lines, report.events, report.refused_by_code) == (1, 1, {"late_line": 1})
    assert lines_of(store)[-1].refused == "late_line"
    assert status(store, "T1") == "closed"


# --- stopped half-way


def test_an_import_that_stopped_half_way_is_completed_by_the_next(
    store: Store, other_store: Store, tmp_path: Path
) -> None:
    log = write(tmp_path / "desk.xes", xes(life(20, 5)))
    send = sending(Road(store))

    def send_thrice(commands: Sequence[Command]) -> Sequence[Outcome]:
        if store.counts().get("ticket.log_line_imported", 0) == 60:
            raise ConnectionError("the cable was pulled")
        return send(commands)

    with pytest.raises(ConnectionError):
        import_log(log, mapping(), send_thrice, lambda lines, share: None)
    rest = imported(store, log)
    imported(other_store, log)
    assert (rest.repeated_lines, rest.new_lines) == (60, 40)
    assert stored(store) == stored(other_store)


def test_a_killed_import_is_completed_by_the_next(
    store: Store, other_store: Store, database_url: str, tmp_path: Path
) -> None:
    log = write(tmp_path / "desk.xes.gz", xes(life(100, 8)))
    killed = subprocess.Popen([sys.executable, "-c", IMPORT, database_url, log], stdout=subprocess.PIPE, text=True)
    assert killed.stdout is not None
    for _ in range(3):  # batches
        killed.stdout.readline()
    killed.kill()
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    half = store.counts()["ticket.log_line_imported"]
    rest = imported(store, log)
    imported(other_store, log)
    assert 60 <= half < 800
    assert (rest.repeated_lines, rest.new_lines) == (half, 800 - half)
    assert stored(store) == stored(other_store)


def test_a_torn_log_is_imported_up_to_the_tear_and_completed_once_mended(
    store: Store, other_store: Store, tmp_path: Path
) -> None:
    log = write(tmp_path / "desk.xes.gz", xes(life(200)))
    whole = log.read_bytes()
    log.write_bytes(whole[: len(whole) // 2])
    torn = imported(store, log)
    log.write_bytes(whole)
    mended = imported(store, log)
    imported(other_store, log)
    assert torn.broken is not None
    assert torn.broken.startswith(f"desk.xes.gz broke after line {torn.lines}: Compressed file ended")
    assert 0 < torn.new_lines == torn.lines < 800
    assert (mended.new_lines, mended.broken) == (800 - torn.lines, None)
    assert stored(store) == stored(other_store)


def test_bad_xml_is_imported_up_to_the_fault(store: Store, tmp_path: Path) -> None:
    text = xes({"T1": [line(0), line(1)], "T2": [line(0)]})
    report = imported(store, write(tmp_path / "desk.xes", text.replace("</trace>", "</oops>", 1)))
    assert (report.lines, report.new_lines) == (2, 2)
    assert str(report.broken).startswith("desk.xes broke after line 2: mismatched tag")


def test_a_bad_csv_is_imported_up_to_its_first_bad_row(store: Store, tmp_path: Path) -> None:
    log = write(tmp_path / "calls.csv", "nr;when;what\nT1;01.03.2012 08:00;new\nT2;01.03.2012 09:00\n")
    report = imported(store, log, read_mapping("calls.toml", CALLS))
    assert report.new_lines == 1
    assert report.broken == "calls.csv broke after line 2: line 3 has 2 columns; expected 3 as in the first line"


def test_a_file_that_is_no_log_is_told_in_the_report(store: Store, tmp_path: Path) -> None:
    report = imported(store, write(tmp_path / "desk.xes", "no log"))
    assert (report.lines, report.broken) == (0, "desk.xes broke at its beginning: syntax error: line 1, column 0")


# --- what does not fit


def test_times_without_an_offset_are_refused_naming_the_attribute(store: Store, tmp_path: Path) -> None:
    naive = a_log(tmp_path, line(0, **{"time:timestamp": "2012-03-01T08:00:00"}))
    with pytest.raises(MappingError, match="the times in attribute `time:timestamp` tell no offset"):
        imported(store, naive)
    assert store.last_position() == 0


def test_a_mapping_that_names_an_attribute_the_log_does_not_have_imports_nothing(store: Store, tmp_path: Path) -> None:
    misspelt = read_mapping("desk.toml", MAPPING.replace('"country"', '"contry"'))
    with pytest.raises(MappingError) as wrong:
        imported(store, write(tmp_path / "desk.xes", xes(life(9))), misspelt)
    assert str(wrong.value) == (
        "desk.toml: key `site` names the attribute `contry`, which no line of desk.xes has; did you mean `country`?;"
        " it has concept:name, country, impact, lifecycle:transition, org:group, org:resource, product,"
        " time:timestamp, trace:concept:name"
    )
    assert store.last_position() == 0


def test_an_attribute_that_only_a_later_line_has_is_no_fault(store: Store, tmp_path: Path) -> None:
    lines = [{key: value for key, value in line(n).items() if n == 25 or key != "product"} for n in range(30)]
    assert imported(store, a_log(tmp_path, *lines)).new_lines == 30


def test_a_status_that_the_mapping_does_not_know_is_kept_counted_and_not_followed(store: Store, tmp_path: Path) -> None:
    report = imported(store, a_log(tmp_path, line(0), line(1, "Accepted/Dreaming"), line(2, "Unmatched/Unmatched")))
    assert report.unmapped == {"Accepted/Dreaming": 1}
    assert (report.new_lines, report.refused, status(store, "T1")) == (3, [], "working")
    assert [event.action for event in lines_of(store)] == ["StartWork", "", ""]


def test_a_line_that_the_rules_refuse_is_reported_with_line_reason_and_rule(store: Store, tmp_path: Path) -> None:
    log = a_log(tmp_path, line(0), line(1, "Completed/Closed"), line(2, "Completed/Resolved"))
    refused = imported(store, log).refused
    assert [each.model_dump() for each in refused] == [
        {
            "line": 3,
            "ticket": "T1",
            "status": "Completed/Resolved",
            "action": "CompleteWork",
            "code": "not_running",
            "rule": "R-128",
            "english": "work on ticket T1 is not running; it is closed",
            "chinese": "工单 T1 未在施工;当前为已关闭",
            "kept": True,
        }
    ]
    assert lines_of(store)[-1].refused == "not_running"
    assert imported(store, log).refused == refused


def test_a_line_of_another_site_than_the_tickets_is_reported_as_lost(store: Store, tmp_path: Path) -> None:
    imported(store, a_log(tmp_path, line(0, country="se")))
    report = imported(store, a_log(tmp_path, line(1, country="pl")))
    assert (report.lost_lines, report.new_lines, report.events) == (1, 0, 0)
    assert [(each.code, each.rule, each.kept) for each in report.refused] == [("other_site", "R-026", False)]


def test_a_line_that_cannot_be_understood_is_reported_and_the_others_are_imported(store: Store, tmp_path: Path) -> None:
    sick = {"T 1": [line(0)], "T2": [line(0), line(1, **{"time:timestamp": "soon"}), line(2)]}
    report = imported(store, write(tmp_path / "desk.xes", xes(sick)))
    assert (report.tickets, report.lines, report.new_lines, report.lost_lines) == (1, 4, 2, 2)
    assert [(each.line, each.ticket, each.code, each.kept) for each in report.refused] == [
        (1, "T 1", "unreadable_line", False),
        (3, "T2", "unreadable_line", False),
    ]
    assert "field `ticket`" in report.refused[0].english
    assert "attribute `time:timestamp`: expected a time; Invalid isoformat string: 'soon'" in report.refused[1].english


def test_only_the_first_refused_lines_are_listed_and_all_are_counted(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "LISTED", 3)
    report = imported(store, write(tmp_path / "desk.xes", xes({"T 1": [line(n) for n in range(30)]})))
    assert ([each.line for each in report.refused], report.refused_by_code) == ([1, 2, 3], {"unreadable_line": 30})


def test_the_report_is_one_json_document(store: Store, tmp_path: Path) -> None:
    report = imported(store, a_log(tmp_path, line(0), line(1, "Completed/Closed"), line(2, "Completed/Resolved")))
    assert Report.model_validate_json(report.model_dump_json()) == report


CALLS = """
log = "calls"
profile = "imported"
ticket = "nr"
time = { attribute = "when", format = "%d.%m.%Y %H:%M", zone = "+08:00" }
status = "what"
site = { default = "SH01" }
actor = { default = "unknown" }
delimiter = ";"
does = { new = "AssignTicket", done = "CompleteWork" }
"""

IMPORT = """
import sys
from pathlib import Path
from datetime import UTC, datetime
from time import sleep
from events.store import Store
from services.logs import importer
from services.handle import Road
from tests.written_logs import mapping

importer.BATCH = 20
road = Road(Store(sys.argv[1]))


def send(commands):
    sleep(0.03)  # so that a busy machine does not end the import before the kill
    return road.handle(commands, datetime.now(UTC))


importer.import_log(Path(sys.argv[2]), mapping(), send, lambda lines, share: print(lines, flush=True))
"""
