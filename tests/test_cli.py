"""What users hold in their hands: every command of the command line, with its words and exit codes."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from projections.catalog import PROJECTIONS
from services import embedded
from services.demo.present import KEPT
from services.runtime import Runtime
from tests.appended import TicketTeleported, pending
from tests.decisions.scenario import call_received
from tests.story import ENDS

CALL = '{"ticket": "T1", "site": "SH01", "problem": "no heat", "product": "P1", "channel": "phone",'
CALL += ' "customer": {"name": "王"}, "profile": "common"}'
SIGN = '{"ticket": "T1", "site": "SH01", "signer": "王"}'

MAPPING = """
log = "calls"
profile = "imported"
ticket = "case"
time = "wehn"
status = "what"
site = "shop"
actor = "who"
[does]
open = "AssignTicket"
"""


class Shell:
    """Calls the command line on one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "services.cli", "--data", str(self.data), *arguments]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AFTERSALES_")}
        return subprocess.run(command, env=clean | environment, capture_output=True, text=True, timeout=120)

    def json(self, *arguments: str) -> Any:
        done = self(*arguments, "--json")
        assert done.returncode in (0, 1), done.stderr
        return orjson.loads(done.stdout)


@pytest.fixture(scope="module")
def shell() -> Iterator[Shell]:
    """A folder with the demo's network in it, and somebody else using it, so that its server stays up."""
    folder = Path(tempfile.mkdtemp(prefix="aftersales-cli-"))
    folder.chmod(0o711)
    shell = Shell(folder)
    (folder / KEPT).write_text(ENDS.isoformat())
    with embedded.running(folder):
        shown = shell.json("demo", "--tickets", "60", "--no-serve")
        assert shown["new_events"] > 500
        yield shell
    shutil.rmtree(folder)


def test_the_demo_repeated_adds_nothing_and_shows_the_same(shell: Shell) -> None:
    again = shell("demo", "--tickets", "60", "--no-serve")
    assert again.returncode == 0, again.stderr
    assert "0 of them now" in again.stdout
    for title in ("Reception queue 接待队列", "Workshop board 车间看板", "Key figures 关键指标", "Try next"):
        assert title in again.stdout


def test_the_same_seed_makes_the_same_network_and_another_seed_another(shell: Shell) -> None:
    with tempfile.TemporaryDirectory() as other:
        (Path(other) / KEPT).write_text(ENDS.isoformat())
        assert Shell(Path(other)).json("demo", "--tickets", "60")["kpi"] == shell.json("demo", "--tickets", "60")["kpi"]
        assert Shell(Path(other)).json("demo", "--tickets", "60", "--seed", "2")["new_events"] > 500


def test_a_command_is_sent_and_its_outcome_told(shell: Shell) -> None:
    sent = shell("send", "RegisterTicket", CALL)
    assert (sent.returncode, "ticket/T1 is at version 1" in sent.stdout) == (0, True), sent.stderr
    refused = shell("send", "SignCompletion", SIGN)
    assert refused.returncode == 1
    assert "R-179: the service is not finished; nobody signs before it is (ticket T1 is registered)" in refused.stdout
    assert "服务尚未完成,不得提前签字" in refused.stdout
    assert shell.json("send", "SignCompletion", SIGN)["refusal"]["rule"] == "R-179"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["send", "StartWrok", "{}"], "field `command`: expected one of AddNote, "),
        (["send", "StartWork", "{"], "expected the fields as one JSON object"),
        (["send", "StartWork", "[]"], "expected the fields as one JSON object; found list"),
        (
            ["send", "StartWork", "{}"],
            "StartWork: field `site`: expected a value; found none; field `ticket`: expected",
        ),
        (["board", "nothing"], "no board is named 'nothing'; there are reception_queue, workshop_board"),
        (["rebuild", "nothing"], "no projection is named nothing; there are tickets, ticket_history"),
        (["ticket", "T1", "--at", "2026-03-02T10:00:00"], "--at: expected a time with its offset"),
        (["ticket", "T1", "--as-known", "noon"], "--as-known: expected a time like 2026-03-02T10:00:00+08:00; found"),
        (["work", "kitchen"], "no desk is named kitchen; there are reception, workshop, callback, office"),
        (["work", "reception"], "this role is for network mode: set AFTERSALES_DATABASE_URL and AFTERSALES_AMQP_URL"),
        (["import", "nowhere.xes"], "expected a file .xes, .xes.gz or .csv; found none at nowhere.xes"),
        (["unheard"], "No such command 'unheard'"),
        (["board"], "Missing argument"),
    ],
)
def test_wrong_usage_ends_with_two_and_says_what_was_expected(shell: Shell, arguments: list[str], words: str) -> None:
    done = shell(*arguments)
    assert done.returncode == 2, done.stdout
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_settings_that_do_not_fit_together_are_explained(shell: Shell) -> None:
    done = shell("doctor", AFTERSALES_AMQP_URL="amqp://guest@127.0.0.1:1/")
    assert done.returncode == 2
    assert "set both (network mode) or neither (embedded mode)" in done.stderr


def test_a_database_or_a_broker_that_is_away_is_told_in_a_sentence(shell: Shell) -> None:
    nobody = "postgresql://aftersales@127.0.0.1:1/aftersales"
    done = shell("doctor", AFTERSALES_DATABASE_URL=nobody)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "the database does not do what was asked of it: connection failed" in done.stderr
    with embedded.running(shell.data) as url:
        broker = {"AFTERSALES_DATABASE_URL": url, "AFTERSALES_AMQP_URL": "amqp://guest:guest@127.0.0.1:1/"}
        done = shell("send", "AddNote", '{"ticket": "T1", "site": "SH01", "text": "anybody there?"}', **broker)
        assert (done.returncode, "Traceback" in done.stderr) == (1, False)
        assert "RabbitMQ does not answer" in done.stderr
        report = orjson.loads(shell("doctor", "--json", **broker).stdout)
        assert report["broker"].startswith("away: ")
        assert not report["healthy"]


def test_an_unknown_ticket_is_found_wrong(shell: Shell) -> None:
    done = shell("ticket", "NONE")
    assert done.returncode == 1
    assert "ticket NONE: nothing is recorded under this name" in done.stderr


def test_a_ticket_is_replayed_to_a_version_and_to_moments(shell: Shell) -> None:
    name = shell.json("demo", "--tickets", "60")["ticket"]
    whole = shell.json("ticket", name)
    first = shell.json("ticket", name, "--version", "1")
    assert (first["state"]["status"], whole["state"]["status"]) == ("registered", "closed")
    middle = whole["events"][len(whole["events"]) // 2]
    then = shell.json("ticket", name, "--at", middle["occurred_at"])
    assert then["events"][-1]["occurred_at"] <= middle["occurred_at"]
    assert 0 < len(then["events"]) < len(whole["events"])
    before_we_knew = shell("ticket", name, "--as-known", "2020-01-01T00:00:00Z")
    assert before_we_knew.returncode == 1


def test_every_board_can_be_shown_in_words_and_as_json(shell: Shell) -> None:
    names = [row["name"] for row in shell.json("boards")]
    assert {"reception_queue", "workshop_board", "callback_queue", "my", "to_follow", "paused", "closed"} <= set(names)
    for name in names:
        page = shell.json("board", name, "--limit", "5")
        assert len(page["rows"]) == min(5, page["total"])
    assert {row["site"] for row in shell.json("board", "closed", "--site", "SH01")["rows"]} == {"SH01"}
    owner = shell.json("board", "my")["rows"][0]["owner"]
    assert {row["owner"] for row in shell.json("board", "my", "--owner", owner)["rows"]} == {owner}


def test_a_board_waits_for_the_event_that_its_reader_wrote(shell: Shell) -> None:
    note = '{"ticket": "T1", "site": "SH01", "text": "seen?"}'
    position = shell.json("send", "AddNote", note)["position"]
    assert shell.json("board", "reception_queue", "--after", str(position))["position"] >= position
    never = shell("board", "reception_queue", "--after", "999999999")
    assert (never.returncode, "not yet 999999999" in never.stderr) == (1, True)


def test_the_demo_stays_out_of_a_database_that_the_environment_names(shell: Shell) -> None:
    done = shell(
        "demo", "--tickets", "60", "--no-serve", AFTERSALES_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none"
    )
    assert done.returncode == 0, done.stderr


def test_the_figures_of_sites_add_up_to_the_network_s(shell: Shell) -> None:
    figures = shell.json("kpi")
    assert figures["received"] == sum(site["received"] for site in figures["sites"]) >= 60
    later = shell.json("kpi", "--from", "2026-03-05", "--site", "SH01")
    assert 0 < later["received"] < figures["received"]
    assert [site["site"] for site in later["sites"]] == ["SH01"]
    assert shell("kpi", "--from", "soon").returncode == 2


def test_rebuilding_gives_the_same_rows(shell: Shell) -> None:
    rebuilt = shell.json("rebuild")
    assert [each["differing"] for each in rebuilt["projections"]] == [0] * len(PROJECTIONS)
    assert "≠" not in shell("rebuild", "tickets").stdout
    assert shell.json("rebuild", "--processes", "2")["projections"] == rebuilt["projections"]


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_rebuild_that_meets_poison_says_how_to_go_on(lived: Runtime, tmp_path: Path, processes: str) -> None:
    poison = pending("ticket/T1", 2, TicketTeleported(planet="x"))
    lived.store.append([], [pending("ticket/T1", 1, call_received()), poison])
    lived.settle()
    done = Shell(tmp_path)("rebuild", "--processes", processes, AFTERSALES_DATABASE_URL=lived.url)
    assert done.returncode == 1
    said = " ".join(done.stderr.split())
    assert "ticket/T1" in said
    assert "nothing was changed; its stream waits in `aftersales dead list`" in said
    assert "Traceback" not in said
    assert "ticket/T1" in Shell(tmp_path)("dead", "list", "--json", AFTERSALES_DATABASE_URL=lived.url).stdout


def test_the_doctor_finds_nothing_wrong(shell: Shell) -> None:
    report = shell.json("doctor")
    assert report["healthy"]
    assert report["mode"] == "embedded"
    assert re.match(r"PostgreSQL 18\.", report["database"])
    assert {follower["name"]: follower["behind"] for follower in report["followers"]} == {"live": 0, "reactions": 0}
    assert shell.json("dead", "list") == []


def test_a_wrong_mapping_is_named_with_the_attributes_that_there_are(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("case,when,what,shop,who\n1,2026-03-02T09:00:00+08:00,open,SH01,li\n")
    (tmp_path / "calls.toml").write_text(MAPPING)
    done = shell("import", str(tmp_path / "calls.csv"), "--mapping", str(tmp_path / "calls.toml"))
    assert done.returncode == 2
    assert "calls.toml: key `time` names the attribute `wehn`, which no line of calls.csv has" in done.stderr


def test_everything_at_once_runs_until_it_is_told_to_stop(shell: Shell) -> None:
    command = [sys.executable, "-m", "services.cli", "--data", str(shell.data), "up", "--json"]
    note = '{"ticket": "T1", "site": "SH01", "text": "while it runs"}'
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert "running" in running.stderr.readline()
        assert shell("send", "AddNote", note).returncode == 0
        running.terminate()
        assert running.wait(20) == 0
        assert orjson.loads(running.stdout.read()) == {"stopped": "cleanly"}


# --- the rule book


def test_the_rule_book_lists_every_rule_with_its_words_and_what_keeps_it(shell: Shell) -> None:
    book = shell.json("rules")
    assert len(book) == 432
    signed = next(rule for rule in book if rule["number"] == "R-111")
    assert signed["status"] == "kept"
    assert {"auto-4s"} <= {each["profile"] for each in signed["kept_by"]}
    assert any("test_" in test for test in signed["tests"])
    assert {rule["status"] for rule in book} == {"kept", "audit question", "not yet"}


def test_the_rule_book_of_one_profile_tells_its_values_and_its_blanks(shell: Shell) -> None:
    book = {rule["number"]: rule for rule in shell.json("rules", "--profile", "solar-dealer")}
    limits = [each["value"] for each in book["R-349"]["kept_by"] if each["kind"] == "deadline"]
    assert limits == ["city: 24 hours, county: 48 hours"]
    words = shell("rules", "--profile", "auto-4s").stdout
    assert "left blank" in words
    assert shell("rules", "--profile", "bakery").returncode == 2


def test_a_story_is_told_with_its_rules_and_its_refusals(shell: Shell) -> None:
    names = [story["name"] for story in shell.json("scenario", "list")]
    assert {"car-workshop", "software-support", "on-site-code"} <= set(names)
    told = shell.json("scenario", "run", "pre-check-area")
    assert told["went_well"]
    assert {"R-094", "R-097"} <= {rule for step in told["steps"] for rule in step["rules"]}
    words = shell("scenario", "run", "pre-check-area").stdout
    assert "refused by R-094" in words
    assert "as told" in words
    assert shell("scenario", "run", "cinderella").returncode == 2


def test_a_rule_book_is_checked_proposed_approved_published_and_simulated(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text('profile = "kiosk"\nversion = 1\nextends = "common"\n', "utf8")
    assert "usable" in shell("policy", "check", str(file)).stdout
    assert shell.json("policy", "propose", str(file), "--actor", "li")["status"] == "accepted"
    own = shell("policy", "approve", "kiosk", "1", "--actor", "li")
    assert own.returncode == 1
    assert "somebody else approves it" in own.stdout
    assert shell.json("policy", "approve", "kiosk", "1", "--actor", "wang")["status"] == "accepted"
    assert shell.json("policy", "publish", "kiosk", "1", "--actor", "wang")["status"] == "accepted"
    (kiosk,) = [row for row in shell.json("policy", "list") if row["profile"] == "kiosk"]
    assert kiosk["status"] == "published"
    assert shell.json("policy", "simulate", str(Path("services/policies/auto-4s.toml").resolve()))


def test_a_file_that_is_no_profile_is_told_by_file_table_and_key(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text('profile = "kiosk"\nversion = 1\n[guard.x]\ncommand = "StartWork"\nneeds = "work.flown"\n', "utf8")
    wrong = shell("policy", "check", str(file))
    assert wrong.returncode == 2
    assert "kiosk.toml: [guard.x] `needs`: expected one of" in wrong.stderr


def test_a_form_is_printed_blank_and_as_it_was_signed(shell: Shell) -> None:
    blank = shell("form", "pre_check_sheet", "--profile", "auto-4s").stdout
    assert "预检单" in blank
    tickets = [row["ticket"] for row in shell.json("board", "closed", "--site", "SH01")["rows"]]
    pages = [shell("form", "settlement_sheet", "--ticket", ticket).stdout for ticket in tickets[:3]]
    assert any("SHA-256" in page and "结算单" in page for page in pages)
    assert shell("form", "pre_check_sheet").returncode == 2
    missing = shell("form", "pre_check_sheet", "--ticket", "T0")
    assert missing.returncode == 1
    assert "nothing is recorded under this name" in missing.stderr
