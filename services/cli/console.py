"""Where the command line writes: standard output for what was asked for, standard error for what is said beside it."""

import sys
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from typing import Any

import orjson
from rich.console import Console

PIPE_WIDTH = 150

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPE_WIDTH)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(document: Any) -> None:
    """Prints exactly one JSON document on standard output."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS
    sys.stdout.buffer.write(orjson.dumps(document, default=_plain, option=options) + b"\n")
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    if hasattr(value, "document"):
        return value.document()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "_asdict"):
        return value._asdict()
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    return sorted(value) if isinstance(value, Set) else str(value)
