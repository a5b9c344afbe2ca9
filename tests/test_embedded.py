"""The embedded PostgreSQL: shared by all who use a folder, stopped by the last, and no folder of the user's opened."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from services import embedded

USE_AND_HANG = """
import sys, time
from pathlib import Path
from services import embedded
with embedded.running(Path(sys.argv[1])) as url:
    print(url, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that only we may enter, as `mktemp -d` makes it."""
    folder = Path(tempfile.mkdtemp(prefix="aftersales-embedded-"))
    yield folder
    cluster = embedded.Server(folder).cluster
    for each in (folder, cluster, cluster.with_name(f"{cluster.name}-socket")):
        shutil.rmtree(each, ignore_errors=True)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def test_the_server_runs_as_long_as_somebody_uses_the_folder(folder: Path) -> None:
    with embedded.running(folder) as url:
        with embedded.running(folder) as same:
            assert same == url
        assert answers(url), "the first user is still there"
    assert not answers(url)


def test_what_was_written_is_there_the_next_time(folder: Path) -> None:
    with embedded.running(folder) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE boards.kept AS SELECT 42 AS answer")
    with embedded.running(folder) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT answer FROM boards.kept").fetchone() == (42,)


def test_no_folder_is_opened_to_the_world_for_the_server(folder: Path) -> None:
    above = {place: place.stat().st_mode for place in [folder, *folder.parents]}
    with embedded.running(folder) as url:
        assert answers(url)
        assert {place: place.stat().st_mode for place in above} == above
        cluster = embedded.Server(folder).cluster
        assert stat.S_IMODE(cluster.stat().st_mode) == 0o700
        if os.geteuid() == 0:
            assert str(cluster) in (folder / "WHERE").read_text()


def test_a_killed_user_leaves_a_server_that_the_next_one_uses_and_stops(folder: Path) -> None:
    command = [sys.executable, "-c", USE_AND_HANG, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        process.kill()
    assert answers(url)
    with embedded.running(folder) as same:
        assert same == url
    assert not answers(url)


def test_a_socket_folder_that_somebody_else_could_use_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(embedded.EmbeddedError, match="is not ours alone; remove it, or choose a shorter --data folder"):
        embedded._only_ours(tmp_path)
