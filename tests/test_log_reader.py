"""Logs of other systems, whole and torn, are read as far as they can be."""

import gzip
import tracemalloc
from pathlib import Path

import pytest

from services.logs.reader import LogBroken, RawLine, read_log
from tests.written_logs import life, line, write, xes

HEAD = '<log xmlns="http://www.xes-standard.org/">'


def read_until_broken(path: Path) -> tuple[int, str]:
    """How many lines could be read, and what was said then."""
    lines: list[RawLine] = []
    try:
        lines.extend(read_log(path))
    except LogBroken as broken:
        return len(lines), str(broken)
    return len(lines), "whole"


@pytest.mark.parametrize("name", ["desk.xes", "desk.xes.gz"])
def test_each_event_of_a_log_is_a_line_with_its_traces_attributes_and_its_own(tmp_path: Path, name: str) -> None:
    log = write(tmp_path / name, xes({"T1": [line(0), line(1, team='"Å" & <B>')], "T2": [line(0)]}))
    lines = list(read_log(log))
    assert [each.line for each in lines] == [1, 2, 3]
    assert [each.attributes["trace:concept:name"] for each in lines] == ["T1", "T1", "T2"]
    assert lines[1].attributes == {"trace:concept:name": "T1", **line(1, team='"Å" & <B>')}
    assert lines[-1].share == 1


def test_what_is_said_of_the_whole_log_belongs_to_no_line(tmp_path: Path) -> None:
    (only,) = read_log(write(tmp_path / "desk.xes", xes({"T1": [line(0)]})))
    assert set(only.attributes) == {"trace:concept:name", *line(0)}


def test_attributes_within_attributes_and_repeated_ones_are_kept_too(tmp_path: Path) -> None:
    event = (
        '<event><string key="cost" value="5"><string key="unit" value="EUR"/></string>'
        '<list key="parts"><values><string key="part" value="a"/><string key="part" value="b"/></values></list></event>'
    )
    (only,) = read_log(write(tmp_path / "desk.xes", f"{HEAD}<trace>{event}</trace></log>"))
    assert only.attributes == {
        "cost": "5",
        "cost/unit": "EUR",
        "parts": "",
        "parts/values": "",
        "parts/values/part": "a",
        "parts/values/part#2": "b",
    }


def test_a_log_without_the_usual_namespace_is_read_as_well(tmp_path: Path) -> None:
    log = write(tmp_path / "desk.xes", '<log><trace><event><string key="k" value="v"/></event></trace></log>')
    assert [each.attributes for each in read_log(log)] == [{"k": "v"}]


def test_a_large_log_needs_no_more_memory_than_a_small_one(tmp_path: Path) -> None:
    log = write(tmp_path / "desk.xes", xes(life(1000)))
    tracemalloc.start()
    lines = sum(1 for _ in read_log(log))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert lines == 4000
    assert peak < log.stat().st_size / 2


def test_a_gzipped_log_that_was_cut_off_is_read_up_to_the_cut(tmp_path: Path) -> None:
    log = write(tmp_path / "desk.xes.gz", xes(life(2000)))
    log.write_bytes(log.read_bytes()[: log.stat().st_size // 2])
    read, why = read_until_broken(log)
    assert 3000 < read < 5000
    assert why == (
        f"desk.xes.gz broke after line {read}: Compressed file ended before the end-of-stream marker was reached"
    )


def test_a_damaged_gzip_is_said_to_be_damaged(tmp_path: Path) -> None:
    log = write(tmp_path / "desk.xes.gz", xes(life(2000)))
    whole = bytearray(log.read_bytes())
    whole[len(whole) // 2 : len(whole) // 2 + 40] = bytes(40)
    log.write_bytes(whole)
    read, why = read_until_broken(log)
    assert read > 0
    assert why.startswith(f"desk.xes.gz broke after line {read}: ")


def test_bad_xml_is_read_up_to_the_fault_which_is_named(tmp_path: Path) -> None:
    text = xes({"T1": [line(0), line(1)], "T2": [line(2)]})
    log = write(tmp_path / "desk.xes", text.replace("</trace>", "</oops>", 1))
    read, why = read_until_broken(log)
    assert read == 2
    assert why.startswith("desk.xes broke after line 2: mismatched tag: line ")


def test_an_xml_log_that_ends_too_early_is_broken(tmp_path: Path) -> None:
    log = write(tmp_path / "desk.xes", xes({"T1": [line(0), line(1)]}).removesuffix("</trace>\n</log>\n"))
    read, why = read_until_broken(log)
    assert read == 2
    assert why.startswith("desk.xes broke after line 2: no element found: line ")


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("page.xes", "<html/>", "expected <log> as the outermost element; found <html>"),
        ("empty.xes", "", "no element found: line 1, column 0"),
        ("empty.csv", "", "expected a first line that names the columns; found none"),
        ("twice.csv", "a,b,a\n1,2,3\n", "expected each column once; found a more often"),
        ("desk.pdf", "", "expected a name that ends in .xes, .csv (.gz may follow)"),
    ],
)
def test_a_file_that_is_no_log_is_told_at_once(tmp_path: Path, name: str, text: str, why: str) -> None:
    assert read_until_broken(write(tmp_path / name, text)) == (0, f"{name} broke at its beginning: {why}")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert read_until_broken(tmp_path / "desk.csv") == (0, "desk.csv broke at its beginning: No such file or directory")


def test_each_row_of_a_csv_is_a_line_counted_as_an_editor_counts(tmp_path: Path) -> None:
    text = '\ufeffticket,words\r\nT1,"two\r\nlines"\r\n\r\nT2,"a, b"\r\n'
    lines = list(read_log(write(tmp_path / "desk.csv", text)))
    assert [(each.line, each.attributes) for each in lines] == [
        (2, {"ticket": "T1", "words": "two\r\nlines"}),
        (5, {"ticket": "T2", "words": "a, b"}),
    ]


def test_a_csv_may_have_another_delimiter_and_encoding_and_be_gzipped(tmp_path: Path) -> None:
    log = tmp_path / "desk.csv.gz"
    log.write_bytes(gzip.compress("工单;状态\nT1;完成\n".encode("gb18030")))
    (only,) = read_log(log, delimiter=";", encoding="gb18030")
    assert only.attributes == {"工单": "T1", "状态": "完成"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a,b\n1,2\n3\n5,6\n", "line 3 has 1 columns; expected 2 as in the first line"),
        ("a,b\n1,2\n3,4,5\n", "line 3 has 3 columns; expected 2 as in the first line"),
        ('a,b\n1,2\n3,"never closed\n', "unexpected end of data"),
    ],
)
def test_a_csv_is_read_up_to_its_first_bad_row(tmp_path: Path, text: str, why: str) -> None:
    assert read_until_broken(write(tmp_path / "desk.csv", text)) == (1, f"desk.csv broke after line 2: {why}")


def test_a_csv_in_another_encoding_than_said_is_told(tmp_path: Path) -> None:
    log = tmp_path / "desk.csv"
    log.write_bytes("a,b\nÅ,2\n".encode("latin-1"))
    assert "codec can't decode byte 0xc5" in read_until_broken(log)[1]
