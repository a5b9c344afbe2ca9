"""Reads another system's log as a stream of raw lines, however large it is: .xes and .csv, plain or gzipped.

What can be read is yielded before the file is said to be broken, so the reader of a torn file gets all but the tear.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO, NamedTuple
from xml.parsers import expat

CHUNK = 1 << 16
TRACE = "trace:"  # what a trace says of all its events, told apart from what each says of itself


class RawLine(NamedTuple):
    """One line as the file has it; `line` counts the events of an XES file, the text lines of a CSV file, from 1.

    An attribute of the line's trace stands under `trace:` and its key, one nested in another under both, `outer/inner`.
    `share` of the file, 0 to 1, was read up to here.
    """

    line: int
    attributes: dict[str, str]
    share: float


class LogBroken(Exception):
    """The file cannot be read past a line; every line before that was yielded."""

    def __init__(self, path: Path, after: int, why: str) -> None:
        where = f"after line {after}" if after else "at its beginning"
        super().__init__(f"{path.name} broke {where}: {why}")


class _NoLog(ValueError):
    """The file is readable, but is no log."""


@dataclass(frozen=True, slots=True)
class _Opened:
    raw: BinaryIO
    content: gzip.GzipFile | BinaryIO
    size: int

    def share(self) -> float:
        return min(1.0, self.raw.tell() / self.size) if self.size else 1.0


def read_log(path: Path, delimiter: str = ",", encoding: str = "utf-8-sig") -> Iterator[RawLine]:
    """The lines of a log file in the file's order; the two options are for CSV. Raises LogBroken."""
    after = 0
    try:
        with _open(path) as opened:
            for line in _lines(path, opened, delimiter, encoding):
                after = line.line
                yield line
    except BREAKS as error:
        raise LogBroken(path, after, getattr(error, "strerror", None) or str(error)) from error


@contextmanager
def _open(path: Path) -> Iterator[_Opened]:
    with open(path, "rb") as raw:
        size = path.stat().st_size
        if path.suffix != ".gz":
            yield _Opened(raw, raw, size)
            return
        with gzip.GzipFile(fileobj=raw) as content:
            yield _Opened(raw, content, size)


def _lines(path: Path, opened: _Opened, delimiter: str, encoding: str) -> Iterator[RawLine]:
    kind = Path(path.name.removesuffix(".gz")).suffix
    if kind not in READERS:
        raise _NoLog(f"expected a name that ends in {', '.join(READERS)} (.gz may follow)")
    return READERS[kind](opened, delimiter, encoding)


def _read_xes(opened: _Opened, delimiter: str, encoding: str) -> Iterator[RawLine]:
    events = _Events()
    numbers = count(1)
    for chunk in _chunks(opened):
        broken = events.feed(chunk)
        share = opened.share()
        yield from (RawLine(next(numbers), attributes, share) for attributes in events.taken())
        if broken:
            raise broken


def _chunks(opened: _Opened) -> Iterator[bytes]:
    # read1, for read would throw away what it has when the file turns out to be torn
    while chunk := opened.content.read1(CHUNK):  # type: ignore[union-attr]  # open() gives a BufferedReader
        yield chunk
    yield b""


class _Events:
    """Follows the XML and collects the events that are complete; holds no more than the trace it is in."""

    def __init__(self) -> None:
        self._ready: list[dict[str, str]] = []
        self._trace: dict[str, str] = {}
        self._scope: dict[str, str] | None = None  # what the next attribute belongs to
        self._prefix = ""
        self._path: list[str] = []
        self._begin: Callable[[str, dict[str, str]], None] = self._root
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.StartElementHandler = self._root
        self._parser.EndElementHandler = self._end

    def feed(self, chunk: bytes) -> expat.ExpatError | None:
        """Reads on (b"" ends the file) and returns what is wrong with the XML, if anything is."""
        try:
            self._parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            return error
        return None

    def taken(self) -> list[dict[str, str]]:
        """The events completed since the last time."""
        ready, self._ready = self._ready, []
        return ready

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        if _local(name) != "log":
            raise _NoLog(f"expected <log> as the outermost element; found <{_local(name)}>")
        self._parser.StartElementHandler = self._start

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if "key" in attributes or self._path:
            if self._scope is not None:  # otherwise it is said of the whole log
                key = attributes["key"] if "key" in attributes else _local(name)
                self._keep(self._scope, key, attributes.get("value", ""))
        elif _local(name) == "trace":
            self._trace = self._scope = {}
            self._prefix = TRACE
        elif _local(name) == "event":
            self._scope = dict(self._trace)
            self._prefix = ""

    def _keep(self, scope: dict[str, str], key: str, value: str) -> None:
        self._path.append(key)
        whole = self._prefix + "/".join(self._path)
        if whole in scope:
            whole = next(name for n in count(2) if (name := f"{whole}#{n}") not in scope)
        scope[whole] = value

    def _end(self, name: str) -> None:
        if self._path:
            self._path.pop()
        elif self._scope is not None:
            self._leave(_local(name), self._scope)

    def _leave(self, name: str, scope: dict[str, str]) -> None:
        if name == "event":
            self._ready.append(scope)
            self._scope, self._prefix = self._trace, TRACE
        elif name == "trace":
            self._scope = None


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _read_csv(opened: _Opened, delimiter: str, encoding: str) -> Iterator[RawLine]:
    with io.TextIOWrapper(opened.content, encoding, newline="") as text:
        rows = csv.reader(text, delimiter=delimiter, strict=True)
        header = _header(next(rows, []))
        line = rows.line_num + 1
        for row in rows:
            if row:
                yield RawLine(line, _cells(header, row, line), opened.share())
            line = rows.line_num + 1


def _header(row: list[str]) -> list[str]:
    if not row:
        raise _NoLog("expected a first line that names the columns; found none")
    if twice := {name for name in row if row.count(name) > 1}:
        raise _NoLog(f"expected each column once; found {', '.join(sorted(twice))} more often")
    return row


def _cells(header: list[str], row: list[str], line: int) -> dict[str, str]:
    if len(row) != len(header):
        raise _NoLog(f"line {line} has {len(row)} columns; expected {len(header)} as in the first line")
    return dict(zip(header, row, strict=True))


BREAKS = (OSError, EOFError, zlib.error, expat.ExpatError, csv.Error, UnicodeError, _NoLog)
READERS: dict[str, Callable[[_Opened, str, str], Iterator[RawLine]]] = {".xes": _read_xes, ".csv": _read_csv}
