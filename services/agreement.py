"""What is decided about service agreements with customers: period, scope, grade, phase, periodic visits."""

from datetime import date
from typing import ClassVar, Literal, NamedTuple

from pydantic import Field

from events.agreement import AgreementSigned, PeriodicVisitHeld, Phase, PhaseEntered
from events.event import Context, Event
from events.ticket import Coverage
from services import case as cases
from services.case import Case
from services.command import Command, Decided, Decisions, Name, Words
from services.policy import Policy
from services.refusal import Rejected

PHASES: tuple[Phase, ...] = ("installation", "trial_run", "free_maintenance", "paid_maintenance")


class AgreementCommand(Command):
    """A command to one agreement."""

    agreement: Name

    @property
    def streams(self) -> tuple[str, ...]:
        return (f"agreement/{self.agreement}",)


class SignAgreement(AgreementCommand):
    """Agree with a customer: from when to when, for what (nothing named: everything), and how well he is served."""

    opens: ClassVar[bool] = True
    customer: Words
    profile: Name
    first_day: date
    last_day: date
    grade: Name
    scope: tuple[Name, ...] = Field((), max_length=100)


class EnterPhase(AgreementCommand):
    """The installation goes on to the next phase of its life."""

    phase: Phase


class HoldPeriodicVisit(AgreementCommand):
    """We were there without being called."""

    occasion: Literal["quarterly", "tour", "health_check"]
    findings: Words


class Agreement(NamedTuple):
    """What was agreed with a customer."""

    site: str = ""
    profile: str = ""
    policy_version: int = 0
    first_day: date = date.min
    last_day: date = date.max
    grade: str = ""
    scope: tuple[str, ...] = ()
    phase: str = ""
    case: Case = Case()

    @property
    def is_finished(self) -> bool:
        """Whether the installation is accepted for good, so that its acceptance may be signed for."""
        return self.phase not in ("", "installation")

    def admit(self, command: Command) -> None:
        """Raises Rejected if the agreement is unknown or another site's."""
        if not self.site and not isinstance(command, SignAgreement):  # a ticket may open, but not its agreement
            name = getattr(command, "agreement", command.streams[0].partition("/")[2])
            raise Rejected("unknown_agreement", agreement=name)
        if self.site and command.site != self.site:
            raise Rejected("other_site", site=self.site, found=command.site)

    def coverage(self, day: date, service: str) -> Coverage:
        """What the agreement makes of a request of a day for a service."""
        if not self.first_day <= day <= self.last_day:
            return "out_of_period"
        return "covered" if not self.scope or service in self.scope else "out_of_scope"


def evolve(agreement: Agreement, event: Event, context: Context) -> Agreement:
    """The agreement after an event."""
    agreement = agreement._replace(case=cases.evolve(agreement.case, event, context))
    match event:
        case AgreementSigned():
            terms = {name: getattr(event, name) for name in TERMS}
            return agreement._replace(site=context.site, **terms)
        case PhaseEntered():
            return agreement._replace(phase=event.phase)
        case _:
            return agreement


def sign_agreement(command: SignAgreement, agreement: Agreement, policy: Policy) -> Decided:
    if agreement.site:
        raise Rejected("agreement_exists", agreement=command.agreement)
    if command.last_day < command.first_day:
        raise Rejected("agreement_period", first_day=command.first_day, last_day=command.last_day)
    terms = command.model_dump(include={"customer", "first_day", "last_day", "grade", "scope"})
    yield AgreementSigned(profile=policy.profile, policy_version=policy.version, **terms)


def enter_phase(command: EnterPhase, agreement: Agreement, policy: Policy) -> Decided:
    if agreement.phase == command.phase:
        return
    reached = PHASES.index(agreement.phase) if agreement.phase in PHASES else -1
    if PHASES.index(command.phase) != reached + 1:
        raise Rejected("other_phase", phase=command.phase, expected=PHASES[min(reached + 1, 3)])
    yield PhaseEntered(phase=command.phase)


def hold_periodic_visit(command: HoldPeriodicVisit, agreement: Agreement, policy: Policy) -> Decided:
    yield PeriodicVisitHeld(occasion=command.occasion, findings=command.findings)


TERMS = ("profile", "policy_version", "first_day", "last_day", "grade", "scope")
DECISIONS: Decisions = {
    SignAgreement: sign_agreement,
    EnterPhase: enter_phase,
    HoldPeriodicVisit: hold_periodic_visit,
}
