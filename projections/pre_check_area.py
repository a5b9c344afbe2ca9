"""The pre-check areas of all sites: which vehicle stands in which bay since when (R-094, R-096)."""

from events.area import VehicleEntered, VehicleLeft, VehicleRelocated
from events.event import Context, Recorded
from projections.headings import headings
from projections.projection import Board, Projection, Row


def entered(row: Row, event: VehicleEntered, context: Context) -> None:
    row.update(bay=event.bay, since=context.occurred_at, inside=True, moved_to="", profile=event.profile)


def left(row: Row, event: VehicleLeft, context: Context) -> None:
    row.update(inside=False, moved_to="workshop")


def relocated(row: Row, event: VehicleRelocated, context: Context) -> None:
    row.update(inside=False, moved_to=event.to)


def _key(recorded: Recorded) -> tuple[str, str]:
    return recorded.context.site, recorded.event.plate  # type: ignore[attr-defined]


AREA_VEHICLES = Projection(
    name="area_vehicles",
    key=("site", "plate"),
    key_of=_key,
    columns={
        "site": "text",
        "plate": "text",
        "bay": "bigint",
        "since": "timestamptz",
        "inside": "boolean",
        "moved_to": "text",
        "profile": "text",
    },
    folds={VehicleEntered: entered, VehicleLeft: left, VehicleRelocated: relocated},
    indexes=("inside, since",),
)

PRE_CHECK_AREA = Board(
    name="pre_check_area",
    title=("Pre-check area", "预检区"),
    rules=("R-094", "R-096"),
    projection=AREA_VEHICLES,
    where="inside",
    order=("site", "since", "plate"),
    columns=headings("site", "bay", "plate", "since", "profile"),
)
