"""The benchmark's trials in their shortest form, so that they still run when somebody wants to know."""

from collections.abc import Callable
from pathlib import Path

import pytest

from projections.kpi_daily import KPI_DAILY
from services import embedded
from tests.bench import trials


def test_lines_are_imported_and_the_figures_rebuilt_folded_one_by_one_and_folded_in_sql(
    database_url: str, tmp_path: Path
) -> None:
    assert trials.import_lines(database_url, tmp_path, 180) > 0
    assert trials.one_by_one(database_url, KPI_DAILY, 20) > 0
    assert trials.rebuild_rate(database_url, [KPI_DAILY]) > 0
    assert trials.sql_fold(database_url) > 0


def full_path(url: str, amqp_url: str, count: int) -> float:
    return trials.full_path(url, amqp_url, count, per_message=7)


@pytest.mark.rabbit
@pytest.mark.parametrize("trial", [trials.naive_path, full_path])
def test_commands_go_the_naive_path_and_the_full_one(
    trial: Callable[[str, str, int], float], database_url: str, amqp_url: str
) -> None:
    url = (
        database_url.replace(f"//{embedded.APP}@", f"//{embedded.OWNER}@")
        if trial is trials.naive_path
        else database_url
    )
    assert trial(url, amqp_url, 300) > 0
