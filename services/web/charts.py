"""Charts as plain facts for the page's script: traces and a layout; a colour is the name of a CSS variable."""

from collections.abc import Sequence
from typing import Any

from services.web.numbers import Number

Chart = dict[str, Any]
LONGEST = 18  # characters of a label
MOST_BARS = 12  # of a Pareto chart; its table shows them all
NONE = "rgba(0,0,0,0)"
AXIS: Chart = {"fixedrange": True, "automargin": True, "zeroline": False, "linecolor": "--line", "tickcolor": "--line"}
COUNT: Chart = {**AXIS, "gridcolor": "--line", "rangemode": "tozero", "nticks": 5}
SHARE: Chart = {
    **{**AXIS, "overlaying": "x", "side": "top", "range": [0, 1.05], "tickformat": ".0%", "showgrid": False},
    **{"tickmode": "array", "tickvals": [0, 0.5, 1]},
}
LAYOUT: Chart = {
    "paper_bgcolor": NONE,
    "plot_bgcolor": NONE,
    "font": {"color": "--quiet", "size": 12},
    "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
    "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"color": "--ink"}},
    "hoverlabel": {"bgcolor": "--ink", "bordercolor": "--ink", "font": {"color": "--paper"}},
    "bargap": 0.25,
}


def trend(labels: Sequence[str], bars: tuple[str, list[Number]], line: tuple[str, list[Number]]) -> Chart:
    """One figure as bars and one as a line over the same days or months."""
    axis = {**AXIS, "type": "category", "nticks": 8, "tickangle": 0}
    columns = _trace(labels, *bars) | {"type": "bar", "marker": {"color": "--quiet", "opacity": 0.4}}
    course = {
        "type": "scatter",
        "mode": "lines+markers",
        "line": {"color": "--accent", "width": 2.5, "shape": "linear"},
    }
    return {
        "data": [columns, _trace(labels, *line) | course | {"marker": {"color": "--accent", "size": 5}}],
        "layout": {**LAYOUT, "xaxis": axis, "yaxis": COUNT, "hovermode": "x"},
    }


def pareto(labels: Sequence[str], name: str, values: Sequence[float], links: Sequence[str], share: str) -> Chart:
    """What happens most, on top; the line is its growing share of everything. `values` fall."""
    whole = sum(values) or 1
    growing = [sum(values[: at + 1]) / whole for at in range(min(len(values), MOST_BARS))]
    shown = {"y": [_short(label) for label in labels[:MOST_BARS]], "customdata": list(links[:MOST_BARS])}
    bars = {"type": "bar", "orientation": "h", "name": name, "x": list(values[:MOST_BARS])}
    line = {"type": "scatter", "mode": "lines+markers", "name": share, "x": growing, "xaxis": "x2"}
    course = {"line": {"color": "--warn", "width": 2}, "marker": {"color": "--warn", "size": 5}}
    downward = {**AXIS, "type": "category", "autorange": "reversed", "tickfont": {"color": "--ink"}}
    return {
        "data": [
            {
                **shown,
                **bars,
                "marker": {"color": "--accent", "opacity": 0.7},
                "hovertemplate": "%{y}: %{x}<extra></extra>",
            },
            {**shown, **line, **course, "hovertemplate": share + " %{x:.0%}<extra></extra>"},
        ],
        "layout": {**LAYOUT, "showlegend": False, "yaxis": downward, "xaxis": COUNT, "xaxis2": SHARE},
    }


def _trace(labels: Sequence[str], name: str, numbers: list[Number]) -> Chart:
    counts, links = [number.entries for number in numbers], [number.href for number in numbers]
    told = {"name": name, "hovertemplate": "%{x}: %{y} " + name + "<extra></extra>"}
    return {"x": list(labels), "y": counts, "customdata": links, **told}


def _short(label: str) -> str:
    return label if len(label) <= LONGEST else label[: LONGEST - 1] + "…"
