"""A diary of one ticket: what is told about it, in opening hours, by the people of its site."""

from datetime import date, datetime, time, timedelta, timezone
from random import Random
from typing import Any

from services.command import Command, derived_id
from services.demo.dealer_network import Site, customer
from services.form import FillForm, SignForm, digest_of
from services.part import ReceiveStock

ZONE = timezone(timedelta(hours=8))
SUNDAY = 6
OPENS, CLOSES = time(8, 30), time(17, 30)


class Diary:
    """What is told about one ticket. Its clock runs in opening hours only; its first entry is the registration."""

    def __init__(self, site: Site, ticket: str, dice: Random, at: datetime) -> None:
        self.site, self.ticket, self.dice, self.at = site, ticket, dice, at
        self.fault = dice.choice(site.trade.faults)
        self.product, self.customer = dice.choice(self.fault.products), customer(dice)
        self.is_visit = self.happens(site.trade.visits)
        self.team, self.engineer = "", ""
        self.washes = False  # whether the car is washed before it goes
        self.commands: list[Command] = []
        self._forms: dict[str, tuple[int, dict[str, Any]]] = {}  # form → its edition and what stands in it

    def happens(self, share: float) -> bool:
        """Throws the dice: true in this share of all cases."""
        return self.dice.random() < share

    def wait(self, least: int, most: int) -> None:
        """Lets so many minutes pass; what would come after closing time comes the next morning."""
        self.at += timedelta(minutes=self.dice.randint(least, most), seconds=self.dice.randint(0, 59))
        if self.at.time() >= CLOSES:
            self.sleep(1)

    def sleep(self, days: int) -> None:
        """Goes on so many days later, in the morning; never on a Sunday."""
        self.at = morning(self.working_day(days)) + timedelta(
            minutes=self.dice.randint(0, 200), seconds=self.dice.randint(0, 59)
        )

    def working_day(self, days: int) -> date:
        """The day so many days later, or the Monday after it."""
        day = self.at.date() + timedelta(days=days)
        return day + timedelta(days=day.weekday() == SUNDAY)

    def tell(self, kind: type[Command], role: str, **fields: Any) -> None:
        """Writes a command about the ticket down, sent now by the engineer or by whoever has another role."""
        self._write(kind, role, ticket=self.ticket, **fields)

    def fill(self, role: str, form: str, /, **fields: Any) -> None:
        """Writes down that a form of the ticket was filled in."""
        edition, before = self._forms.get(form, (0, {}))
        self._forms[form] = (edition + (fields != before), fields)
        self._write(FillForm, role, subject=f"ticket/{self.ticket}", form=form, fields=fields)

    def sign(self, role: str, form: str, party: str, signer: str) -> None:
        """Writes down that the present edition of a form was signed; `role` tells us."""
        subject = f"ticket/{self.ticket}"
        signed = {"subject": subject, "form": form, "digest": digest_of(subject, form, *self._forms[form])}
        self._write(SignForm, role, **signed, party=party, signer=signer, method="on_screen", place="客户处")

    def tell_site(self, kind: type[Command], role: str, **fields: Any) -> None:
        """Writes a command about the site, not about the ticket, down."""
        self._write(kind, role, **fields)

    def receive(self, part_no: str) -> None:
        """Writes down that the part ordered for this ticket came."""
        self._write(ReceiveStock, "parts_clerk", part_no=part_no, quantity=1, cause=f"特订到货 {self.ticket}")

    def _write(self, kind: type[Command], role: str, **fields: Any) -> None:
        actor = self.engineer if role == "engineer" else self.site.staff[role]
        number = len(self.commands)  # two entries of one moment are two commands
        self.commands.append(command_of(kind, self.site, role, actor, self.at, number, **fields))


def command_of(
    kind: type[Command], site: Site, role: str, actor: str, at: datetime, number: int, /, **fields: Any
) -> Command:
    """A command of the simulated world; its id is made of what it says."""
    command_id = derived_id("simulation", kind.__name__, site.name, at.isoformat(), number, *fields.values())
    envelope = {"command_id": command_id, "site": site.name, "actor": actor, "role": role, "at": at}
    return kind.model_validate(envelope | fields)


def morning(day: date) -> datetime:
    """When the sites open."""
    return datetime.combine(day, OPENS, ZONE)
