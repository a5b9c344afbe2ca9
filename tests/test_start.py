"""A server is up soon: what it does not need at once is not loaded with it."""

import subprocess
import sys

import pytest

from services.cli.__main__ import asked

SLOW = ("faststream", "aio_pika", "plotly", "authlib", "opentelemetry.sdk", "rich.progress")
SAY_WHAT_IS_LOADED = """
import sys
import services.cli.__main__, services.http.server
print(*[name for name in {slow!r} if name in sys.modules])
"""


def test_a_server_loads_nothing_that_only_others_need() -> None:
    code = SAY_WHAT_IS_LOADED.format(slow=SLOW)
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["up"], "up"),
        (["-v", "serve", "--port", "80"], "serve"),
        (["--data", "up", "board", "my"], "board"),
        (["--data=up", "board"], "board"),
        (["rebuild", "up"], "rebuild"),
        (["--help"], ""),
        ([], ""),
    ],
)
def test_the_command_is_the_first_word_that_is_neither_an_option_nor_its_folder(words: list[str], command: str) -> None:
    assert asked(words) == command
