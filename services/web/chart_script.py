"""Plotly's script for the pages with charts, straight from its wheel: never a copy of it in ours."""

import gzip
import re
from functools import cache
from importlib.metadata import version
from importlib.resources import files

from fastapi import APIRouter, Request
from fastapi.responses import Response

router = APIRouter(include_in_schema=False)
ADDRESS = "/static/plotly.js"
STYLES = re.compile(rb'getElementById\("([0-9a-f]{64})"\)')
WHOLE_YEAR = "public, max-age=31536000, immutable"


@router.get(ADDRESS)
def chart_script(request: Request) -> Response:
    """The script, small for whoever takes it so; the version in the address lets browsers keep it for a year."""
    headers = {"Cache-Control": WHOLE_YEAR, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(_script(), media_type="text/javascript", headers=headers)
    return Response(_zipped(), media_type="text/javascript", headers={**headers, "Content-Encoding": "gzip"})


def address() -> str:
    """Where a page finds the script of the installed version."""
    return f"{ADDRESS}?v={version('plotly')}"


@cache
def own_styles() -> list[str]:
    """The ids of elements in which the script looks for style sheets of its own.

    Where it finds them it writes none: the pages' policy forbids styles that no file of ours says.
    """
    return ["plotly.js-style-global", *sorted({found.decode() for found in STYLES.findall(_script())})]


def _script() -> bytes:
    return (files("plotly") / "package_data" / "plotly.min.js").read_bytes()


@cache
def _zipped() -> bytes:
    """Made small once per process: it is 5 MB."""
    return gzip.compress(_script(), 6, mtime=0)
