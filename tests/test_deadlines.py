"""Deadlines: what starts, pauses, moves, meets and drops them, and what the clock makes of those that nobody met.

Pure: commands are decided and their events folded under a small profile of each test's own. Everything happens at site
SH01 in March 2026 unless told otherwise.
"""

import tomllib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.deadline import (
    DeadlineDropped,
    DeadlineEscalated,
    DeadlineMet,
    DeadlineMissed,
    DeadlineMoved,
    DeadlinePaused,
    DeadlineStarted,
    DeadlineWarned,
)
from events.event import Context, Event
from projections.deadlines import DEADLINES
from services.case import Running, key_of
from services.clock import _command
from services.command import Command, On
from services.deadline import CheckDeadline
from services.desk import decide, noun_of
from services.policy import PolicyError, inherited, read_text
from services.profile import Profile, Proposal
from services.refusal import Rejected
from tests.decisions.scenario import (
    SITE,
    approve_item,
    arrive_on_site,
    assign_ticket,
    cancel_ticket,
    check_deadline,
    classify_ticket,
    clock,
    close_ticket,
    complete_work,
    contact_customer,
    decline_item,
    dispatch_engineer,
    fill_form,
    give_guidance,
    hand_over_ticket,
    hold_periodic_visit,
    merge_ticket,
    pause_work,
    propose_item,
    register_ticket,
    reopen_ticket,
    report_progress,
    resume_work,
    separate_ticket,
    sign_agreement,
    sign_form,
    start_work,
)

Kind = TypeVar("Kind", bound=Event)
DESK = """
profile = "desk"
extends = "common"
version = 1
[parameter.needs_signature]
value = false
[parameter.needs_callback]
value = false
[deadline.first_response]
off = true
[deadline.progress_told]
off = true
"""
REPAIR = """
[deadline.repair]
english = "Repaired"
chinese = "修复"
rules = ["R-029"]
starts = ["ticket.registered", "ticket.reopened"]
met_by = "work.completed"
paused_by = "work.paused/waiting_for_part"
"""
FOUR_HOURS = REPAIR + 'within = "4 hours"\n'
BY_GRADE = REPAIR.replace('["ticket.registered", "ticket.reopened"]', '"ticket.classified"') + 'by = "fault_grade"\n'
GRADED = BY_GRADE + 'within = { 1 = "2 hours", 2 = "8 hours", 3 = "24 hours" }\n'
TIMETABLE = """
[form.new_time]
english = "New time"
chinese = "新的时间"
kind = "promise"
rules = ["R-031"]
signed_by = "customer"
fields.at = ["moment?", "At", "时间"]
fields.reason = ["text", "Reason", "原因"]
"""


class Life:
    """A case under a profile, from its first command on; what each command does to its deadlines is asked of it."""

    def __init__(self, rows: str, site: str = SITE) -> None:
        tables = tomllib.loads(DESK + rows)
        proposal = Proposal(orjson.dumps(inherited(tables)).decode(), "", "", True, clock("00:00", day=1))
        self._shelf = {"desk": Profile("desk", proposals=((1, proposal),))}
        self._site, self._states = site, dict[str, Any]()
        self.started: list[Event] = []  # what the first command began

    def state(self, stream: str = "ticket/T1") -> Any:
        return self._states.get(stream, noun_of(stream).empty)

    def when(self, time: str | datetime, command: Command, day: int = 2, ticket: str = "") -> "Followed":
        """Somebody sends the command; it must be accepted."""
        at = clock(time, day) if isinstance(time, str) else time
        changes: dict[str, Any] = {"at": at, "site": self._site}
        if "profile" in type(command).model_fields:
            changes["profile"] = "desk"
        if ticket:
            changes["ticket"] = ticket
        command = command.model_copy(update=changes)
        decided = list(decide(command, [self.state(each) for each in command.streams], at, self._shelf))
        events = [each if isinstance(each, On) else On(command.streams[0], each) for each in decided]  # type: ignore[arg-type]
        for on in events:
            self._states[on.stream] = noun_of(on.stream).evolve(self.state(on.stream), on.event, command.context())
        followed = Followed([each.event for each in events])
        self.started = self.started or followed.events
        return followed

    def running(self, deadline: str = "repair", about: str = "", stream: str = "ticket/T1") -> Running:
        """A deadline that runs."""
        found: Running = self.state(stream).case.deadlines[key_of(deadline, about)]
        return found

    def checked(self, step: str, deadline: str = "repair", **fields: Any) -> "Followed":
        """The clock looks at a running deadline when it is due."""
        running = self.running(deadline)
        return self.when(running.due_at, check(step, deadline=deadline, due_at=running.due_at, **fields))


class Followed:
    """What a command did to the deadlines."""

    def __init__(self, events: list[Event]) -> None:
        self.events = [event for event in events if event.name.startswith("deadline.")]

    def then(self, *kinds: type[Event]) -> "Followed":
        """Exactly events of these kinds, in this order."""
        assert [type(event) for event in self.events] == list(kinds)
        return self

    def the(self, kind: type[Kind]) -> Kind:
        """The one event of that kind."""
        (event,) = [event for event in self.events if isinstance(event, kind)]
        return event


def check(step: str, **fields: Any) -> CheckDeadline:
    command = check_deadline(step, **fields)
    assert isinstance(command, CheckDeadline)
    return command


def in_work(rows: str, **call: Any) -> Life:
    """A life whose ticket was registered at 09:00 and is being worked on."""
    life = Life(rows)
    life.when("09:00", register_ticket(**call))
    life.when("09:00", assign_ticket())
    life.when("09:00", start_work())
    return life


# --- starting


def test_a_deadline_starts_with_its_event_and_carries_all_it_was_computed_from() -> None:
    started = Life(FOUR_HOURS).when("09:00", register_ticket()).then(DeadlineStarted).the(DeadlineStarted)
    assert (started.since, started.due_at) == (clock("09:00"), clock("13:00"))
    assert (started.rules, started.profile, started.policy_version) == (("R-029",), "desk", 1)
    assert (started.within, started.calendar, len(started.calendar_edition)) == ("4 hours", "always", 12)


def test_a_blank_starts_nothing() -> None:
    Life(REPAIR + 'within = "____"\n').when("09:00", register_ticket()).then()


def test_a_grade_that_the_table_leaves_blank_or_does_not_know_starts_nothing() -> None:
    life = Life(BY_GRADE + 'within = { 1 = "2 hours", 2 = "____" }\n')
    life.when("09:00", register_ticket())
    life.when("09:01", classify_ticket("系统", 2)).then()
    life.when("09:02", classify_ticket("系统", 4)).then()
    life.when("09:03", classify_ticket("系统", 1)).then(DeadlineStarted)


def test_each_fault_grade_has_its_own_length() -> None:
    for grade, due in ((1, "11:00"), (2, "17:00")):
        life = Life(GRADED)
        life.when("08:00", register_ticket())
        assert life.when("09:00", classify_ticket("系统", grade)).the(DeadlineStarted).due_at == clock(due)


def test_only_if_keeps_a_deadline_from_starting_where_it_does_not_apply() -> None:
    rows = FOUR_HOURS.replace('"ticket.registered", ', "") + 'only_if = "ticket.escalated_never"\n'
    with pytest.raises(PolicyError, match="only_if"):
        read_text("desk.toml", DESK + rows)
    on_site = FOUR_HOURS.replace('["ticket.registered", "ticket.reopened"]', '"work.started"')
    on_site += 'only_if = "work.engineer_arrived"\n'
    assert in_work(on_site).state().case.deadlines == {}
    life = Life(on_site)
    life.when("09:00", register_ticket())
    life.when("09:01", assign_ticket())
    life.when("09:02", dispatch_engineer("wang"))
    life.when("10:00", arrive_on_site())
    life.when("10:01", start_work()).then(DeadlineStarted)


def test_only_if_may_ask_what_the_agreement_makes_of_the_request() -> None:
    rows = FOUR_HOURS + 'only_if = "ticket.registered/out_of_period"\n'
    for last_day, kinds in (("2026-03-01", [DeadlineStarted]), ("2026-12-31", [])):
        life = Life(rows)
        life.when("08:00", sign_agreement(last_day=datetime.fromisoformat(last_day).date()))
        life.when("09:00", register_ticket(agreement="A1", service="reinstall")).then(*kinds)


def test_the_grade_of_the_agreement_picks_the_length() -> None:
    life = Life(REPAIR + 'by = "grade"\nwithin = { gold = "1 hour", silver = "1 day" }\n')
    life.when("08:00", sign_agreement(grade="silver"))
    started = life.when("09:00", register_ticket(agreement="A1", grade="gold")).the(DeadlineStarted)
    assert started.due_at == clock("09:00", day=3)


def test_a_deadline_may_be_due_at_a_moment_that_its_event_names_or_ahead_of_it() -> None:
    visit = REPAIR.replace('["ticket.registered", "ticket.reopened"]', '"support.customer_contacted"')
    for ahead, due in (("", "15:00"), ('ahead = "30 minutes"\n', "14:30")):
        life = Life(visit + 'at = "agreed_at"\n' + ahead)
        life.when("09:00", register_ticket())
        life.when("09:05", contact_customer("first_contact")).then()
        started = life.when("09:10", contact_customer("answer", agreed_at=clock("15:00"))).the(DeadlineStarted)
        assert started.due_at == clock(due)


# --- meeting


def test_a_deadline_met_in_time_is_not_late() -> None:
    met = in_work(FOUR_HOURS).when("12:59", complete_work()).then(DeadlineMet).the(DeadlineMet)
    assert (met.rules, met.due_at, met.late_seconds) == (("R-029",), clock("13:00"), 0)


def test_a_deadline_met_late_tells_by_how_much() -> None:
    assert in_work(FOUR_HOURS).when("14:30", complete_work()).the(DeadlineMet).late_seconds == 90 * 60


def test_a_miss_stays_on_record_when_the_work_is_done_later() -> None:
    life = in_work(FOUR_HOURS)
    assert life.checked("miss").then(DeadlineMissed).the(DeadlineMissed).due_at == clock("13:00")
    assert life.when("13:01", complete_work()).then(DeadlineMet).the(DeadlineMet).late_seconds == 60
    assert life.state().case.deadlines == {}


def test_a_response_satisfies_the_response_target_only() -> None:
    response = FOUR_HOURS.replace("deadline.repair", "deadline.response").replace(
        "work.completed", "support.customer_contacted"
    )
    life = in_work(FOUR_HOURS + response)
    met = life.when("09:10", contact_customer("first_contact")).then(DeadlineMet).the(DeadlineMet)
    assert met.deadline == "response"
    assert list(life.state().case.deadlines) == ["repair"]
    assert life.when("10:00", complete_work()).then(DeadlineMet).the(DeadlineMet).deadline == "repair"


def test_what_meets_a_deadline_may_start_the_next_one() -> None:
    life = Life("""
[deadline.visit]
english = "Visited"
chinese = "拜访"
rules = ["R-037"]
starts = ["agreement.signed", "agreement.periodic_visit_held/quarterly"]
met_by = "agreement.periodic_visit_held/quarterly"
within = "3 months"
""")
    assert life.when("09:00", sign_agreement()).the(DeadlineStarted).due_at == clock("09:00", day=2 + 92)
    life.when("10:00", hold_periodic_visit(occasion="tour"), day=20).then()
    again = life.when("10:00", hold_periodic_visit(), day=2 + 80).then(DeadlineMet, DeadlineStarted)
    assert again.the(DeadlineStarted).due_at == clock("10:00", day=2 + 80 + 92)
    life.when("10:00", hold_periodic_visit(), day=2 + 90).then(DeadlineMet, DeadlineStarted)


def test_what_drops_a_deadline_may_start_it_anew() -> None:
    life = Life(FOUR_HOURS.replace('"ticket.reopened"', '"ticket.handed_over"') + 'dropped_by = "ticket.handed_over"\n')
    life.when("09:00", register_ticket())
    life.when("09:01", assign_ticket("A"))
    again = life.when("10:00", hand_over_ticket("B")).then(DeadlineDropped, DeadlineStarted)
    assert again.the(DeadlineStarted).due_at == clock("14:00")


def test_a_second_start_changes_nothing_while_the_first_one_runs() -> None:
    life = Life(FOUR_HOURS.replace('"ticket.reopened"', '"support.guidance_given/unsolved"'))
    life.when("09:00", register_ticket()).then(DeadlineStarted)
    life.when("10:00", give_guidance()).then()
    assert life.running().due_at == clock("13:00")


# --- pausing


def test_a_paused_clock_stands_still_and_the_pause_stays_excluded() -> None:
    life = in_work(FOUR_HOURS)
    paused = life.when("10:00", pause_work("waiting_for_part")).then(DeadlinePaused).the(DeadlinePaused)
    assert (paused.left_seconds, paused.why) == (3 * 3600, "work.paused")
    moved = life.when("14:30", resume_work()).then(DeadlineMoved).the(DeadlineMoved)
    assert (moved.why, moved.from_due, moved.due_at) == ("resumed", clock("13:00"), clock("17:30"))
    assert moved.excluded_seconds == 4.5 * 3600
    life.when("15:00", pause_work("waiting_for_part")).then(DeadlinePaused)
    moved = life.when("15:10", resume_work()).then(DeadlineMoved).the(DeadlineMoved)
    assert (moved.due_at, moved.excluded_seconds) == (clock("17:40"), 4 * 3600 + 40 * 60)


def test_only_the_reasons_that_the_row_names_pause_a_deadline() -> None:
    life = in_work(FOUR_HOURS)
    life.when("10:00", pause_work("rest_time")).then()
    life.when("10:30", resume_work()).then()
    assert life.running().due_at == clock("13:00")


def test_another_reason_ends_the_excluded_part_of_a_pause() -> None:
    life = in_work(FOUR_HOURS)
    life.when("10:00", pause_work("waiting_for_part"))
    assert life.when("11:00", pause_work("rest_time")).then(DeadlineMoved).the(DeadlineMoved).due_at == clock("14:00")
    life.when("12:00", resume_work()).then()


def test_a_pause_after_the_due_time_excludes_nothing() -> None:
    life = in_work(FOUR_HOURS)
    life.when("13:30", pause_work("waiting_for_part")).then()
    life.when("14:00", resume_work()).then()
    assert life.when("15:00", complete_work()).the(DeadlineMet).late_seconds == 2 * 3600


@pytest.mark.parametrize(
    "command",
    [hand_over_ticket("B"), assign_ticket("A", "li"), dispatch_engineer("zhou")],
    ids=lambda each: type(each).__name__,
)
def test_whatever_ends_a_pause_of_the_work_lets_its_deadline_run_again(command: Command) -> None:
    life = in_work(FOUR_HOURS)
    life.when("10:00", pause_work("waiting_for_part"))
    assert life.when("12:00", command).then(DeadlineMoved).the(DeadlineMoved).due_at == clock("15:00")


def test_a_deadline_met_while_its_clock_stands_still_is_not_late() -> None:
    rows = FOUR_HOURS.replace('"work.completed"', '"support.customer_contacted/answer"')
    life = in_work(rows)
    life.when("10:00", pause_work("waiting_for_part"))
    assert life.when("18:00", contact_customer("answer")).then(DeadlineMet).the(DeadlineMet).late_seconds == 0


def test_a_working_clock_pauses_in_working_time() -> None:
    life = in_work(REPAIR + 'within = "8 working hours"\ncalendar = "workshop"\n')
    assert life.running().due_at == clock("09:00", day=3)
    assert life.when("17:00", pause_work("waiting_for_part")).the(DeadlinePaused).left_seconds == 1.5 * 3600
    moved = life.when("09:00", resume_work(), day=4).the(DeadlineMoved)
    assert (moved.due_at, moved.excluded_seconds) == (clock("10:30", day=4), 9.5 * 3600)


# --- another length, another moment


def test_graded_anew_while_paused_the_pause_stays_excluded_and_both_dues_are_on_record() -> None:
    life = Life(GRADED)
    life.when("09:00", register_ticket())
    life.when("09:00", classify_ticket("系统", 2))
    life.when("09:00", assign_ticket())
    life.when("09:00", start_work())
    life.when("10:00", pause_work("waiting_for_part")).then(DeadlinePaused)
    graded = life.when("11:00", classify_ticket("系统", 3)).then(DeadlineMoved, DeadlinePaused)
    moved = graded.the(DeadlineMoved)
    assert (moved.why, moved.from_due, moved.due_at) == ("graded", clock("17:00"), clock("10:00", day=3))
    assert (moved.within, moved.excluded_seconds) == ("24 hours", 3600)
    resumed = life.when("13:00", resume_work()).then(DeadlineMoved).the(DeadlineMoved)
    assert (resumed.due_at, resumed.excluded_seconds) == (clock("12:00", day=3), 3 * 3600)


def test_a_higher_priority_after_a_pause_keeps_the_pause_excluded() -> None:
    life = Life(GRADED)
    life.when("09:00", register_ticket())
    life.when("09:00", classify_ticket("系统", 2))
    life.when("09:00", assign_ticket())
    life.when("09:00", start_work())
    life.when("10:00", pause_work("waiting_for_part"))
    life.when("13:00", resume_work())
    moved = life.when("13:10", classify_ticket("系统", 1)).then(DeadlineMoved).the(DeadlineMoved)
    assert (moved.due_at, moved.excluded_seconds) == (clock("14:00"), 3 * 3600)
    life.when("13:20", classify_ticket("另一类", 1)).then()


def test_a_grade_without_a_length_leaves_the_deadline_as_it_was() -> None:
    life = Life(GRADED)
    life.when("09:00", register_ticket())
    life.when("09:00", classify_ticket("系统", 2))
    life.when("09:30", classify_ticket("系统", 4)).then()
    assert life.running().due_at == clock("17:00")


def moved_to(life: Life, at: str | None, signed_at: str = "10:00") -> "Followed":
    fields = {"reason": "客户出差", **({"at": at} if at else {})}
    life.when("09:50", fill_form("new_time", fields)).then()
    digest = life.state().case.forms["new_time"].digest
    return life.when(signed_at, sign_form("new_time", digest))


def test_only_the_customers_signature_moves_a_promise() -> None:
    life = in_work(TIMETABLE + FOUR_HOURS + 'moved_by = "new_time.at"\nwarn = "30 minutes"\n')
    moved = moved_to(life, "2026-03-05T15:00:00+08:00").then(DeadlineMoved).the(DeadlineMoved)
    assert (moved.why, moved.due_at, moved.within) == ("signed", clock("15:00", day=5), "")
    assert moved.warn_at == clock("14:30", day=5)
    life.when("12:00", pause_work("waiting_for_part")).then(DeadlinePaused)
    assert life.when("14:00", resume_work()).the(DeadlineMoved).due_at == clock("17:00", day=5)


def test_a_signed_form_that_names_no_moment_or_the_same_one_moves_nothing() -> None:
    rows = TIMETABLE + FOUR_HOURS + 'moved_by = "new_time.at"\n'
    moved_to(in_work(rows), None).then()
    moved_to(in_work(rows), "2026-03-02T13:00:00+08:00").then()


def test_what_the_customer_signed_outlives_another_grade() -> None:
    life = Life(TIMETABLE + GRADED + 'moved_by = "new_time.at"\n')
    life.when("09:00", register_ticket())
    life.when("09:00", classify_ticket("系统", 2))
    moved_to(life, "2026-03-05T15:00:00+08:00").then(DeadlineMoved)
    life.when("11:00", classify_ticket("系统", 1)).then()
    assert life.running().due_at == clock("15:00", day=5)


@pytest.mark.parametrize(("moved_by", "found"), [("old_time.at", "old_time"), ("new_time.reason", "reason")])
def test_a_row_can_only_be_moved_by_a_moment_of_a_form_there_is(moved_by: str, found: str) -> None:
    with pytest.raises(PolicyError, match=rf"\[deadline.repair\] `moved_by`: .* found '{found}'"):
        read_text("desk.toml", DESK + TIMETABLE + FOUR_HOURS + f'moved_by = "{moved_by}"\n')


def test_a_table_of_lengths_is_picked_by_a_fact_that_events_tell() -> None:
    with pytest.raises(PolicyError, match=r"\[deadline.repair\] `by`: .* found 'colour'"):
        read_text("desk.toml", DESK + REPAIR + 'within = { red = "1 hour" }\nby = "colour"\n')


# --- ending otherwise, and beginning anew


def test_a_cancelled_case_drops_its_deadlines() -> None:
    dropped = in_work(FOUR_HOURS).when("10:00", cancel_ticket()).then(DeadlineDropped).the(DeadlineDropped)
    assert dropped.why == "ticket.cancelled"


def test_a_reopened_case_starts_its_deadline_anew_once_and_an_earlier_miss_stays_on_record() -> None:
    life = in_work(FOUR_HOURS)
    life.checked("miss").then(DeadlineMissed)
    life.when("14:00", complete_work()).then(DeadlineMet)
    life.when("15:00", close_ticket()).then()
    started = life.when("16:00", reopen_ticket()).then(DeadlineStarted).the(DeadlineStarted)
    assert (started.since, started.due_at) == (clock("16:00"), clock("20:00"))
    life.when("16:10", start_work()).then()
    assert life.when("19:00", complete_work()).then(DeadlineMet).the(DeadlineMet).late_seconds == 0


def test_merged_and_separated_again_nothing_is_lost() -> None:
    life = in_work(FOUR_HOURS)
    life.when("08:00", register_ticket(), ticket="T2")
    paused = life.when("10:00", merge_ticket("T2")).then(DeadlinePaused).the(DeadlinePaused)
    assert (paused.left_seconds, paused.why) == (3 * 3600, "ticket.merged")
    moved = life.when("11:00", separate_ticket("T2")).then(DeadlineMoved).the(DeadlineMoved)
    assert (moved.due_at, moved.excluded_seconds) == (clock("14:00"), 3600)
    assert life.running(stream="ticket/T2").due_at == clock("12:00")


def test_a_merge_during_a_pause_does_not_end_the_pause() -> None:
    life = in_work(FOUR_HOURS)
    life.when("09:30", register_ticket(), ticket="T2")
    life.when("10:00", pause_work("waiting_for_part")).then(DeadlinePaused)
    life.when("11:00", merge_ticket("T2")).then()
    life.when("12:00", separate_ticket("T2")).then()
    assert life.running().paused
    assert life.when("13:00", resume_work()).then(DeadlineMoved).the(DeadlineMoved).due_at == clock("16:00")


# --- one deadline for each


EACH_ITEM = """
[deadline.answer]
english = "Answered"
chinese = "答复"
rules = ["R-114"]
starts = "order.item_proposed"
met_by = ["order.item_approved", "order.item_declined"]
each = "item"
within = "1 hour"
paused_by = "work.paused/waiting_for_customer"
"""


def test_each_item_has_a_deadline_of_its_own() -> None:
    life = in_work(EACH_ITEM)
    life.when("10:00", propose_item("制动盘", 900))
    life.when("10:30", propose_item("轮胎", 600)).then(DeadlineStarted)
    assert life.running("answer", "制动盘").due_at == clock("11:00")
    assert life.running("answer", "轮胎").due_at == clock("11:30")


def test_what_concerns_the_whole_case_concerns_each_of_them() -> None:
    life = in_work(EACH_ITEM)
    life.when("08:00", register_ticket(), ticket="T2")
    life.when("10:00", propose_item("制动盘", 900))
    life.when("10:30", propose_item("轮胎", 600))
    life.when("10:40", pause_work("waiting_for_customer")).then(DeadlinePaused, DeadlinePaused)
    life.when("10:50", resume_work()).then(DeadlineMoved, DeadlineMoved)
    life.when("10:51", merge_ticket("T2")).then(DeadlinePaused, DeadlinePaused)
    life.when("10:52", separate_ticket("T2")).then(DeadlineMoved, DeadlineMoved)
    assert life.running("answer", "制动盘").due_at == clock("11:11")
    dropped = life.when("10:55", cancel_ticket()).then(DeadlineDropped, DeadlineDropped)
    assert [getattr(event, "about", "") for event in dropped.events] == ["制动盘", "轮胎"]


# --- the clock


WATCHED = (
    FOUR_HOURS
    + 'warn = "30 minutes"\nescalate = [{ after = "1 hour", to = "manager" }, { after = "1 day", to = "head" }]\n'
)


def test_the_steps_of_the_clock_are_told_when_a_deadline_starts() -> None:
    started = Life(WATCHED).when("09:00", register_ticket()).the(DeadlineStarted)
    assert started.warn_at == clock("12:30")
    assert [(each.at, each.to) for each in started.escalations] == [
        (clock("14:00"), "manager"),
        (clock("13:00", day=3), "head"),
    ]


def test_warning_miss_and_escalations_come_in_order_and_once() -> None:
    life = in_work(WATCHED)
    life.checked("escalate", number=1, to="manager").then()  # not missed yet
    life.checked("warn").then(DeadlineWarned)
    life.checked("warn").then()
    life.checked("miss").then(DeadlineMissed)
    life.checked("miss").then()
    life.checked("warn").then()
    life.checked("escalate", number=2, to="head").then()  # nobody skips the manager
    told = life.checked("escalate", number=1, to="manager").then(DeadlineEscalated).the(DeadlineEscalated)
    assert (told.step, told.to, told.rules) == (1, "manager", ("R-029",))
    life.checked("escalate", number=1, to="manager").then()
    life.checked("escalate", number=2, to="head").then(DeadlineEscalated)


OVERTAKEN: dict[str, Callable[[Life], Any]] = {
    "met": lambda life: life.when("12:00", complete_work()),
    "dropped": lambda life: life.when("12:00", cancel_ticket()),
    "paused": lambda life: life.when("12:00", pause_work("waiting_for_part")),
    "moved": lambda life: (life.when("11:00", pause_work("waiting_for_part")), life.when("12:00", resume_work())),
}


@pytest.mark.parametrize("how", OVERTAKEN)
@pytest.mark.parametrize("step", ["warn", "miss", "escalate"])
def test_a_check_that_was_overtaken_has_no_effect(how: str, step: str) -> None:
    life = in_work(WATCHED)
    OVERTAKEN[how](life)
    life.when("13:00", check(step, deadline="repair", due_at=clock("13:00"), number=1, to="manager")).then()


def test_a_check_of_a_deadline_that_never_was_has_no_effect() -> None:
    in_work(WATCHED).when("13:00", check("miss", deadline="another", due_at=clock("13:00"))).then()


def test_a_moved_deadline_is_warned_of_and_missed_anew() -> None:
    life = in_work(TIMETABLE + WATCHED + 'moved_by = "new_time.at"\n')
    life.checked("warn").then(DeadlineWarned)
    life.checked("miss").then(DeadlineMissed)
    moved_to(life, "2026-03-05T15:00:00+08:00", signed_at="14:00").then(DeadlineMoved)
    life.checked("warn").then(DeadlineWarned)
    life.checked("miss").then(DeadlineMissed)


def test_a_merged_case_is_still_missed_if_it_was_due_before() -> None:
    life = in_work(WATCHED)
    life.when("09:30", register_ticket(), ticket="T2")
    life.when("13:30", merge_ticket("T2")).then()
    life.checked("miss").then(DeadlineMissed)
    life.checked("escalate", number=1, to="manager").then(DeadlineEscalated)


# --- calendars


def test_the_clock_takes_a_lunch_break_and_goes_home() -> None:
    rows = REPAIR + 'within = "4 working hours"\ncalendar = "workshop"\nwarn = "1 working hour"\n'
    started = Life(rows).when("10:30", register_ticket()).the(DeadlineStarted)
    assert (started.due_at, started.warn_at) == (clock("16:00"), clock("15:00"))
    late = Life(rows).when("17:00", register_ticket()).the(DeadlineStarted)
    assert (late.due_at, late.warn_at) == (clock("11:30", day=3), clock("10:30", day=3))


def test_an_escalation_in_working_time_waits_for_the_morning() -> None:
    rows = REPAIR + 'within = "1 working hour"\ncalendar = "workshop"\n'
    rows += 'escalate = [{ after = "1 working hour", to = "manager" }]\n'
    started = Life(rows).when("16:30", register_ticket()).the(DeadlineStarted)
    assert (started.due_at, started.escalations[0].at) == (clock("17:30"), clock("09:00", day=3))


ZONES = {
    "HNL1": ("Pacific/Honolulu", "US", -10),
    "NYC1": ("America/New_York", "US", -5),
    "LON1": ("Europe/London", "GB", 0),
    "SH01": ("Asia/Shanghai", "CN", 8),
    "KIR1": ("Pacific/Kiritimati", "KI", 14),
}
WORLD = (
    REPAIR
    + 'within = "3 working hours"\ncalendar = "workshop"\n'
    + "".join(f'[site.{site}]\nzone = "{zone}"\n' for site, (zone, _, _) in ZONES.items())
)


@pytest.mark.parametrize("site", ZONES)
def test_one_policy_serves_sites_from_utc_minus_10_to_plus_14(site: str) -> None:
    zone = timedelta(hours=ZONES[site][2])
    local = datetime.fromisoformat("2026-03-02T11:00:00+00:00")
    at = local - zone  # eleven o'clock on the wall of the site, told in UTC
    started = Life(WORLD, site).when(at, register_ticket()).the(DeadlineStarted)
    assert f"{started.due_at:%m-%d %H:%M}" == "03-02 15:30"
    assert started.due_at.utcoffset() == zone
    assert started.due_at - at == timedelta(hours=4.5)


def test_a_holiday_is_the_sites_own_date() -> None:
    rows = REPAIR + 'within = "1 working hour"\ncalendar = "h"\n'
    rows += '[calendar.h]\nzone = "Asia/Shanghai"\nwindows = ["Mon-Sun 09:00-18:00"]\nclosed = [2026-03-02]\n'
    rows += '[site.KIR1]\nzone = "Pacific/Kiritimati"\n[site.HNL1]\nzone = "Pacific/Honolulu"\n'
    at = datetime.fromisoformat("2026-03-02T01:00:00+00:00")  # 15:00 on the 2nd in Kiritimati, on the 1st in Honolulu
    assert f"{Life(rows, 'KIR1').when(at, register_ticket()).the(DeadlineStarted).due_at:%m-%d %H:%M}" == "03-03 10:00"
    assert f"{Life(rows, 'HNL1').when(at, register_ticket()).the(DeadlineStarted).due_at:%m-%d %H:%M}" == "03-01 16:00"


def test_another_version_of_the_profile_does_not_move_what_runs() -> None:
    life = in_work(FOUR_HOURS)
    longer = inherited(tomllib.loads(DESK + FOUR_HOURS.replace("4 hours", "9 hours")))
    later = Proposal(orjson.dumps(longer).decode(), "", "", True, clock("09:30"))
    known = life._shelf["desk"].proposals
    life._shelf["desk"] = Profile("desk", proposals=(*known, (2, later)))
    life.when("10:00", report_progress()).then()
    life.when("10:00", pause_work("waiting_for_part")).then(DeadlinePaused)
    assert life.when("11:00", resume_work()).the(DeadlineMoved).due_at == clock("14:00")
    new = life.when("12:00", register_ticket(), ticket="T2").the(DeadlineStarted)
    assert (new.policy_version, new.due_at) == (2, clock("21:00"))


def test_a_row_cannot_name_more_superiors_than_the_clock_counts() -> None:
    told = ", ".join(f'{{ after = "{hour} hours", to = "boss" }}' for hour in range(1, 11))
    with pytest.raises(PolicyError, match=r"\[deadline.repair\] `escalate`"):
        read_text("desk.toml", DESK + FOUR_HOURS + f"escalate = [{told}]\n")


def test_the_clock_takes_a_deadline_about_anything_an_event_may_name() -> None:
    check("miss", deadline="d" * 200, about="项" * 4000, due_at=clock("13:00"))


@pytest.mark.parametrize(("within", "due"), [("24 hours", "03-08 13:00"), ("1 day", "03-08 12:00")])
def test_around_the_clock_an_hour_is_an_hour_also_when_the_clocks_change(within: str, due: str) -> None:
    rows = REPAIR + f'within = "{within}"\n[site.NYC1]\nzone = "America/New_York"\n'
    noon = datetime.fromisoformat("2026-03-07T12:00:00-05:00")  # the night before the clocks go forward
    assert f"{Life(rows, 'NYC1').when(noon, register_ticket()).the(DeadlineStarted).due_at:%m-%d %H:%M}" == due


# --- at random


RANDOM = (
    TIMETABLE + GRADED + 'moved_by = "new_time.at"\nwarn = "1 hour"\n'
    'escalate = [{ after = "1 hour", to = "manager" }, { after = "3 hours", to = "head" }]\n'
    + FOUR_HOURS.replace("deadline.repair", "deadline.solution")
    + EACH_ITEM
)
STEPS: tuple[Callable[[Life], Command], ...] = (
    lambda life: classify_ticket("系统", 1),
    lambda life: classify_ticket("系统", 1),
    lambda life: classify_ticket("系统", 2),
    lambda life: classify_ticket("系统", 3),
    lambda life: classify_ticket("系统", 3),
    lambda life: pause_work("waiting_for_part"),
    lambda life: pause_work("waiting_for_customer"),
    lambda life: resume_work(),
    lambda life: resume_work(),
    lambda life: start_work(),
    lambda life: hand_over_ticket("B"),
    lambda life: hand_over_ticket("A"),
    lambda life: merge_ticket("T2"),
    lambda life: separate_ticket("T2"),
    lambda life: separate_ticket("T2"),
    lambda life: propose_item("制动盘", 900),
    lambda life: propose_item("轮胎", 600),
    lambda life: decline_item("制动盘"),
    lambda life: approve_item("轮胎"),
    lambda life: complete_work(),
    lambda life: reopen_ticket(),
    lambda life: fill_form("new_time", {"reason": "r", "at": "2026-03-02T20:00:00+08:00"}),
    lambda life: fill_form("new_time", {"reason": "r", "at": "2026-03-03T20:00:00+08:00"}),
    lambda life: sign_form("new_time", life.state().case.forms["new_time"].digest),
)


class Board:
    """The board of deadlines as it follows a life, and the clock that looks at it."""

    def __init__(self, life: Life) -> None:
        self.life, self.rows = life, dict[str, dict[str, Any]]()

    def follow(self, events: list[Any], at: datetime) -> None:
        for event in events:
            key = key_of(event.deadline, event.about)
            new = DEADLINES.new_row(("ticket/T1", event.deadline, event.about))
            DEADLINES.folds[type(event)](self.rows.setdefault(key, new), event, Context(at, SITE, "x", "x", "c"))

    def tick(self, now: datetime) -> list[str]:
        """Lets the clock do all that is due; returns the ids of its commands. None may ever come twice."""
        sent: list[str] = []
        while due := sorted((row["next_at"], key) for key, row in self.rows.items() if row["next_at"]):
            if due[0][0] > now:
                break
            command = _command(self.rows[due[0][1]], "")
            assert command.command_id not in sent, "the clock spins"
            sent.append(command.command_id)
            self.follow(self.life.when(now, command).events, now)
        return sent

    def agrees(self) -> None:
        """The board tells what the case tells."""
        running = self.life.state().case.deadlines
        assert {key for key, row in self.rows.items() if row["status"] in ("running", "paused", "missed")} == set(
            running
        )
        for key, each in running.items():
            row = self.rows[key]
            assert (row["due_at"], row["status"] == "paused") == (each.due_at, each.paused)
            assert not each.missed or row["missed"]
            assert row["next_at"] is None or not each.paused


at_random = st.tuples(st.sampled_from(STEPS), st.sampled_from([0, 1, 20, 60, 150]))


@given(st.lists(at_random, min_size=30, max_size=40))
@settings(max_examples=100, deadline=None)
def test_whatever_happens_the_clock_comes_to_rest_and_no_step_is_told_twice(steps: list[Any]) -> None:
    life = in_work(RANDOM)
    life.when("09:00", register_ticket(), ticket="T2")
    board, sent, now = Board(life), list[str](), clock("09:00")
    board.follow(life.started, now)
    for step, minutes in steps:
        now += timedelta(minutes=minutes)
        sent += board.tick(now)
        with suppress(Rejected, KeyError):
            board.follow(life.when(now, step(life)).events, now)
        board.agrees()
    sent += board.tick(now + timedelta(days=9))
    board.agrees()
    assert len(sent) == len(set(sent))
    assert all(row["next_at"] is None for row in board.rows.values())


@given(st.lists(st.tuples(st.sampled_from(["waiting_for_part", "rest_time", ""]), st.integers(1, 90)), max_size=12))
@settings(max_examples=150, deadline=None)
def test_a_deadline_is_due_when_its_time_has_passed_without_the_pauses(pauses: list[Any]) -> None:
    life, now, worked, paused = in_work(FOUR_HOURS), clock("09:00"), 0, ""
    for reason, minutes in pauses:
        with suppress(Rejected):
            life.when(now, pause_work(reason) if reason else resume_work())
            paused = reason
        now += timedelta(minutes=minutes)
        worked += 0 if paused == "waiting_for_part" and worked < 240 else minutes
    if worked < 240:
        if paused == "waiting_for_part":
            life.when(now, resume_work())
        assert life.running().due_at == now + timedelta(minutes=240 - worked)
    elif paused != "waiting_for_part":
        assert life.running().due_at <= now
