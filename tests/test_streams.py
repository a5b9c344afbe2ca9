"""Who listens is told everything that he may see, exactly once and in order: many at a time, while commands flow."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services import embedded
from services.runtime import Runtime
from services.settings import Settings
from tests.browser import Site
from tests.crowd import Crowd


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    """A server of its own before an empty store, and tokens for its listeners."""
    folder = Path(tempfile.mkdtemp(prefix="aftersales-streams-"))
    folder.chmod(0o711)
    with embedded.running(folder) as url:
        runtime, site = Runtime(Settings(folder), url), Site(folder)
        site.start()
        yield Crowd(runtime, site)
        site.stop()
        runtime.close()
    shutil.rmtree(folder)


async def test_a_hundred_listeners_are_told_every_change_they_may_see_once_and_in_order(crowd: Crowd) -> None:
    result = await crowd.listen(feeds=50, pages=50, tickets=30, pause=0.01, workers=3)
    result.check()
    assert result.delays
