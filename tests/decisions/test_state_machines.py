"""No sequence of commands breaks what must hold of a state: one machine per noun, driven by Hypothesis."""

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from events.area import AreaCrowded, VehicleEntered
from events.event import Event
from events.inspection import InspectionPassed
from events.profile import ProfileApproved, ProfilePublished
from events.ticket import TicketClosed
from events.work import CompletionSigned, WorkCompleted, WorkStarted
from services.agreement import PHASES, Agreement
from services.area import Area
from services.command import Command, On
from services.desk import decide, noun_of
from services.part import Stock
from services.policy import COMMON, policy_of
from services.profile import Profile
from services.refusal import Refusal, Rejected
from services.rows import FormRow
from services.ticket_state import ENDED, Status, Ticket
from tests.decisions.scenario import (
    COMMAND_WORDS,
    PART,
    SITE,
    assign_ticket,
    clock,
    complete_work,
    dispatch_engineer,
    fill_form,
    receive_stock,
    register_ticket,
    sign_form,
    start_work,
)
from tests.rules.test_rows import complete as complete_fields

WORDS = {noun: [word for word in COMMAND_WORDS if word().streams[0].startswith(noun)] for noun in
         ("ticket", "stock", "complaint", "agreement", "area", "profile")}  # fmt: skip
VARIED: dict[str, list[Any]] = {
    "engineer": ["wang", "li"], "actor": ["wang", "li", "sun"], "team": ["A", "B"], "level": ["self", "team", "final"],
    "item": ["制动盘", "雨刷"], "fee": [0, 900], "receipt": ["SJ-1", "SJ-2"], "number": ["CM-1", "CM-2"],
    "exit_pass": ["CM-1", "CM-2"], "amount": [0, 680, 1580], "result": ["solved", "unsolved"], "quantity": [1, 3],
    "bay": [0, 1, 2, 3], "plate": ["A1", "A2", "A3", "A4", "A5"], "purpose": ["repair", "other"], "phase": list(PHASES),
    "first_day": ["2026-01-01", "2027-01-01"], "request": ["P1", "P2"], "identity_verified": [True, False],
    "cause": ["crowded", "overstay"], "version": [1, 2, 3],
}  # fmt: skip


class Machine(RuleBasedStateMachine):
    """The streams of a world in which commands are decided one after the other, an hour apart."""

    noun = ""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, Any] = {}
        self.log: list[tuple[str, Event, str]] = []
        self.sent = 0

    def state(self, stream: str) -> Any:
        return self.states.get(stream, noun_of(stream).empty)

    def own(self) -> list[Any]:
        return [state for stream, state in self.states.items() if stream.startswith(self.noun)]

    def send(self, command: Command) -> None:
        """Decides a command, and folds what follows; a refusal must leave everything as it was."""
        self.sent += 1
        states = [self.state(stream) for stream in command.streams]
        try:
            decided = list(decide(command, states, command.at))
        except Rejected:
            return
        for each in decided:
            if not isinstance(each, Refusal):
                stream, event = (each.stream, each.event) if isinstance(each, On) else (command.streams[0], each)
                self.states[stream] = noun_of(stream).evolve(self.state(stream), event, command.context())
                self.log.append((stream, event, command.actor))

    @rule(data=st.data())
    def somebody_sends_something(self, data: st.DataObject) -> None:
        word: Callable[..., Command] = data.draw(st.sampled_from(WORDS[self.noun]))
        kind = type(word())
        varied = {
            name: data.draw(st.sampled_from(values))
            for name, values in VARIED.items()
            if name in kind.model_fields and _fits(word, name, values)
        }
        self.send(word(**varied))


def _fits(word: Callable[..., Command], name: str, values: list[Any]) -> bool:
    """Whether the command's field takes these values; the same name may mean something else elsewhere."""
    try:
        for value in values:
            word(**{name: value})
    except ValueError:
        return False
    return True


class Tickets(Machine):
    """The life of a ticket of a car workshop, or of a plain one."""

    noun = "ticket"

    @initialize(profile=st.sampled_from([COMMON, "auto-4s"]))
    def a_call_comes_in(self, profile: str) -> None:
        self.profile = profile
        self.send(register_ticket(profile))

    @rule(data=st.data())
    def a_form_is_filled_in_and_signed(self, data: st.DataObject) -> None:
        forms = policy_of(self.profile).rows["form"]
        name = data.draw(st.sampled_from(sorted(forms)))
        row: FormRow = forms[name]  # type: ignore[assignment]
        role = row.filled_by[0] if row.filled_by else "receptionist"
        self.send(fill_form(name, complete_fields(row), role=role))
        filled = self.state("ticket/T1").case.forms.get(name)
        for party in row.signed_by if filled else ():
            self.send(sign_form(name, filled.digest, party=party))

    @rule()
    def the_work_is_done(self) -> None:
        for word in (assign_ticket, dispatch_engineer, start_work, complete_work):
            self.send(word())

    @invariant()
    def nobody_signed_before_the_service_and_nothing_closed_without(self) -> None:
        for ticket in self.own():
            assert isinstance(ticket, Ticket)
            assert not ticket.signed_by or ticket.status in ENDED | {Status.COMPLETED}
            if ticket.status is Status.CLOSED:
                assert ticket.signed_by or not ticket.needs_signature
                assert ticket.called_back or not ticket.needs_callback

    @invariant()
    def a_signature_belongs_to_the_edition_that_lies_there(self) -> None:
        for ticket in self.own():
            for name, filled in ticket.case.forms.items():
                if ticket.case.holds(f"form.signed/{name}"):
                    assert filled.signed_by >= set(policy_of(self.profile).form(name).signed_by)

    @invariant()
    def work_in_the_workshop_never_began_without_a_signed_order(self) -> None:
        if self.profile == "auto-4s":
            for number, (_, event, _) in enumerate(self.log):
                if isinstance(event, WorkStarted) and self._arrived_before(number):
                    assert any(getattr(each, "form", "") == "work_order" for _, each, _ in self.log[:number])

    @invariant()
    def each_level_of_inspection_followed_the_one_before(self) -> None:
        passed: list[str] = []
        for _, event, _ in self.log:
            if isinstance(event, WorkCompleted):
                passed = []
            elif isinstance(event, InspectionPassed):
                levels = policy_of(self.profile).words("inspection_levels")
                assert passed == list(levels[: levels.index(event.level)])
                passed.append(event.level)

    @invariant()
    def what_was_agreed_is_the_estimate_and_what_was_approved(self) -> None:
        for ticket in self.own():
            approved = sum(item.fee for item in ticket.items.values() if item.status == "approved")
            assert ticket.agreed_amount == ticket.estimate_cap + approved

    @invariant()
    def a_ticket_closes_once_and_is_signed_once_between_reopenings(self) -> None:
        names = [event.name for _, event, _ in self.log]
        for end in (TicketClosed.name, CompletionSigned.name):
            runs = " ".join(names).replace("inspection.rework_ordered", "ticket.reopened").split("ticket.reopened")
            assert all(run.count(end) <= 1 for run in runs)

    def _arrived_before(self, number: int) -> bool:
        return any(event.name == "reception.vehicle_arrived" for _, event, _ in self.log[:number])


class Stocks(Machine):
    """The parts of one number at one site."""

    noun = "stock"

    @initialize()
    def parts_come_in(self) -> None:
        self.send(receive_stock(2))

    @invariant()
    def there_is_never_less_than_nothing(self) -> None:
        stock = self.state(f"stock/{SITE}/{PART}")
        assert isinstance(stock, Stock)
        assert stock.on_hand >= 0


class Complaints(Machine):
    """What customers complain of."""

    noun = "complaint"

    @invariant()
    def a_resolved_complaint_was_registered(self) -> None:
        assert all(complaint.ticket for complaint in self.own() if complaint.resolved)


class Agreements(Machine):
    """A service agreement."""

    noun = "agreement"

    @invariant()
    def its_days_and_phases_are_in_order(self) -> None:
        for agreement in self.own():
            assert isinstance(agreement, Agreement)
            assert agreement.first_day <= agreement.last_day
        entered = [event.phase for _, event, _ in self.log if event.name == "agreement.phase_entered"]  # type: ignore[attr-defined]
        assert entered == list(PHASES[: len(entered)])


class Areas(Machine):
    """The pre-check area of a site."""

    noun = "area"

    @invariant()
    def crowding_is_told_from_the_fourth_vehicle_on(self) -> None:
        inside: set[str] = set()
        for number, (_, event, _) in enumerate(self.log):
            if isinstance(event, VehicleEntered):
                inside.add(event.plate)
                told = any(isinstance(each, AreaCrowded) for _, each, _ in self.log[number + 1 : number + 3])
                assert told or len(inside) < policy_of(COMMON).number("area_crowded_from")
            elif event.name in ("area.vehicle_left", "area.vehicle_relocated"):
                inside.remove(event.plate)  # type: ignore[attr-defined]
        assert all(isinstance(area, Area) and set(area.vehicles) == inside for area in self.own())


class Profiles(Machine):
    """The versions of a profile."""

    noun = "profile"

    @invariant()
    def whoever_proposed_did_not_approve_and_nothing_is_published_unapproved(self) -> None:
        approved = {event.version for _, event, _ in self.log if isinstance(event, ProfileApproved)}
        assert {event.version for _, event, _ in self.log if isinstance(event, ProfilePublished)} <= approved
        for profile in self.own():
            assert isinstance(profile, Profile)
            by = {event.version: actor for _, event, actor in self.log if isinstance(event, ProfileApproved)}
            assert all(by.get(version) != proposal.proposer for version, proposal in profile.proposals)
            assert all(
                each.effective_from is None or each.effective_from >= clock("12:00") for _, each in profile.proposals
            )


# The same sequences in every run: a search that finds something new belongs at a desk, not into a release.
QUICK = settings(max_examples=50, stateful_step_count=40, deadline=None, derandomize=True)
TestTickets = Tickets.TestCase
TestStocks = Stocks.TestCase
TestComplaints = Complaints.TestCase
TestAgreements = Agreements.TestCase
TestAreas = Areas.TestCase
TestProfiles = Profiles.TestCase
for machine in (TestTickets, TestStocks, TestComplaints, TestAgreements, TestAreas, TestProfiles):
    machine.settings = QUICK
del machine
