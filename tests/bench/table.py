"""The results as data and as tables: the ratios of each round, their median and spread, and what was measured."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from tests.bench.figures import Figure
from tests.bench.stage import Measured

UNITS = ("ms", "s", "%", "MiB", "KiB", "rows")
WIDTH = 150
TITLE = "Ratios, each made within one round"
ABSOLUTE = "What was measured on this machine; only the ratios mean something elsewhere"


class Result(NamedTuple):
    """A figure and its values, one for each round that had both trials; none: not measured here."""

    figure: Figure
    values: list[float]

    @property
    def is_there(self) -> bool:
        """Whether it was measured."""
        return bool(self.values)

    @property
    def distance(self) -> float:
        """How far it is from bad: of two rows of a group the nearer one is shown."""
        return -median(self.values) if self.figure.smaller else median(self.values)

    def reaches(self, limit: float | None) -> bool:
        """Whether the median keeps a limit; no limit is kept by all."""
        return limit is None or (median(self.values) <= limit if self.figure.smaller else median(self.values) >= limit)

    def verdict(self) -> str:
        """In one word."""
        if not self.is_there:
            return "not measured"
        if self.figure.least is None:
            return ""
        if not self.reaches(self.figure.least):
            return "missed"
        return "aim" if self.figure.aim is not None and self.reaches(self.figure.aim) else "kept"

    def document(self) -> dict[str, Any]:
        """As JSON-able data."""
        return {**self.figure._asdict(), "unit": unit_of(self.figure.of) if not self.figure.to else "ratio",
                **_spread(self.values), "verdict": self.verdict()}  # fmt: skip


def results(figures: Iterable[Figure], rounds: Sequence[Measured]) -> list[Result]:
    """Every figure with its values."""
    return [Result(figure, [_value(figure, each) for each in rounds if _has(figure, each)]) for figure in figures]


def document(found: Sequence[Result], rounds: Sequence[Measured]) -> dict[str, Any]:
    """Everything as JSON-able data."""
    return {
        "figures": [result.document() for result in found],
        "measured": {name: {"unit": unit_of(name), **_spread(values)} for name, values in _by_name(rounds).items()},
    }


def show(found: Sequence[Result], rounds: Sequence[Measured], console: Console) -> None:
    """Both tables."""
    console.print(_ratios(found), _absolute(rounds))


def unit_of(name: str) -> str:
    """What a measured figure counts: per second, unless its name ends otherwise."""
    unit = name.rpartition(", ")[2]
    return unit if unit in UNITS else "/s"


def shown(found: Sequence[Result]) -> list[Result]:
    """The rows of the table: of each group the one that is nearest to bad."""
    groups: dict[str, list[Result]] = {}
    for result in found:
        groups.setdefault(result.figure.group or result.figure.name, []).append(result)
    return [min(some, key=lambda each: each.distance if each.is_there else float("inf")) for some in groups.values()]


def _ratios(found: Sequence[Result]) -> Table:
    table = Table(title=TITLE)
    _columns(table, "figure", "median", "lowest", "highest", "runs", "at least", "aim", "verdict")
    for result in shown(found):
        figure = result.figure
        name = f"{figure.group}; the worst: {figure.name}" if figure.group else figure.name
        least, aim = (_limit(limit, figure) for limit in (figure.least, figure.aim))
        table.add_row(name, *_cells(result.values, figure), str(len(result.values)), least, aim, result.verdict())
    return table


def _absolute(rounds: Sequence[Measured]) -> Table:
    table = Table(title=ABSOLUTE)
    _columns(table, "trial", "median", "lowest", "highest", "runs", "unit")
    for name, values in _by_name(rounds).items():
        numbers = (median(values), min(values), max(values))
        table.add_row(name, *(f"{each:,.{_digits(each)}f}" for each in numbers), str(len(values)), unit_of(name))
    return table


def _columns(table: Table, first: str, *others: str) -> None:
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")


def _cells(values: Sequence[float], figure: Figure) -> list[str]:
    numbers = (median(values), min(values), max(values)) if values else ()
    return [_number(each, figure) for each in numbers] or ["-", "-", "-"]


def _limit(limit: float | None, figure: Figure) -> str:
    return "" if limit is None else ("≤ " if figure.smaller else "≥ ") + _number(limit, figure)


def _number(value: float, figure: Figure) -> str:
    return f"{value:,.{_digits(value)}f}" + ("" if figure.to else f" {unit_of(figure.of)}")


def _digits(value: float) -> int:
    return next((digits for digits, least in enumerate((100, 10, 1)) if abs(value) >= least), 3)


def _spread(values: Sequence[float]) -> dict[str, Any]:
    middle = {"median": median(values), "lowest": min(values), "highest": max(values)} if values else {}
    return {"median": None, "lowest": None, "highest": None, **middle, "runs": list(values)}


def _value(figure: Figure, measured: Measured) -> float:
    return measured[figure.of] / measured[figure.to] if figure.to else measured[figure.of]


def _has(figure: Figure, measured: Measured) -> bool:
    return figure.of in measured and (not figure.to or figure.to in measured)


def _by_name(rounds: Sequence[Measured]) -> dict[str, list[float]]:
    names = dict.fromkeys(name for each in rounds for name in each)
    return {name: [each[name] for each in rounds if name in each] for name in names}
