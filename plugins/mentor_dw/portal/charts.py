"""Charts: Vega-Lite drawn on the server, so that a page needs no script, prints, and has each number as text too."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import vl_convert
from markupsafe import Markup

from mentor_dw.portal.language import Language

_VEGA_LITE = "6.4"
_WIDTH, _HEIGHT = 500, 250
#: Told apart with any eyes, and each at least 3:1 against white.
COLOURS = ("#1b5e8c", "#b8501f", "#3d7a3a", "#7d4e9e", "#8a6d1f", "#58595b", "#a33b5c", "#2a7f86")
_LOCALES: dict[Language, str] = {"da": "da-DK", "en": "en-GB"}
#: A mark with its number becomes one with a title, which browsers show beside the pointer.
_MARK = re.compile(r'<(path|text|line|rect)((?: [\w-]+="[^"]*")*?) aria-label="([^"]*)"((?: [\w-]+="[^"]*")*?)/>')
_ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
#: What only orders the marks is not for people.
_PLACE = re.compile(r"; place: \d+(?=</title>)")

Row = dict[str, Any]
Spec = dict[str, Any]
Names = Sequence[str]


@dataclass(frozen=True)
class Column:
    """A column of a chart's rows: its name there, what people call it, and how many decimals a number has."""

    name: str
    title: str
    decimals: int | None = None


@dataclass(frozen=True)
class Chart:
    """What is drawn, and the same as a table. `rows` are in the table's order; `about` says how it is counted.

    `notes` are the words of what is marked in the drawing, in its order.
    """

    key: str
    title: str
    about: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    spec: Spec = field(repr=False)
    language: Language = "da"
    notes: Sequence[str] = ()

    @property
    def svg(self) -> Markup:
        """The drawing."""
        values = [{name: _plain(value) for name, value in row.items()} for row in self.rows]
        spec = self.spec | {"data": {"name": "rows", "values": values}}
        return Markup(_drawn(json.dumps(spec, sort_keys=True, ensure_ascii=False, default=str), self.language))


def _plain(value: Any) -> Any:
    """Numbers as numbers: a Decimal would be drawn as text."""
    return float(value) if hasattr(value, "as_tuple") else value


@lru_cache(maxsize=256)
def _drawn(spec: str, language: Language) -> str:
    """The SVG of `spec`. The marks' numbers are titles; the table says all of it, so nothing else is announced."""
    drawn = vl_convert.vegalite_to_svg(
        json.loads(spec),
        vl_version=_VEGA_LITE,
        config=_CONFIG,
        format_locale=_LOCALES[language],
        time_format_locale=_LOCALES[language],
    )
    titled = _MARK.sub(r"<\1\2\4><title>\3</title></\1>", drawn)
    return _ROLES.sub("", _PLACE.sub("", titled))


_CONFIG: dict[str, Any] = {
    "background": "white",
    "numberFormat": ",.2~f",
    "font": "Liberation Sans, Arial, sans-serif",
    "range": {"category": list(COLOURS)},
    "axis": {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "gridColor": "#e3e6ea"},
    "legend": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "orient": "bottom",
        "columns": 3,
        "labelLimit": 260,
    },
    "bar": {"color": COLOURS[0]},
    "line": {"color": COLOURS[0], "strokeWidth": 2},
    "view": {"stroke": None},
}


def axis(column: Column, kind: str, **more: Any) -> dict[str, Any]:
    """A column as a channel of a chart, called what people call it."""
    return {"field": column.name, "type": kind, "title": column.title, **more}


def bars(x: Column, y: Column, *, colour: Column | None = None, colours: Names = (), stack: bool = True) -> Spec:
    """Bars of `y` by `x`, both in the order of the rows; stacked or beside each other by `colour`, in that order."""
    encoding: Spec = {
        "x": axis(x, "nominal", sort=None, axis={"labelAngle": 0, "labelLimit": 120}),
        "y": axis(y, "quantitative", stack="zero" if stack else None),
    }
    drawn: Spec = {"width": _WIDTH, "height": _HEIGHT, "mark": "bar", "encoding": encoding}
    if colour:
        place = f"indexof({json.dumps(list(colours), ensure_ascii=False)}, datum['{colour.name}'])"
        drawn["transform"] = [{"calculate": place, "as": "place"}]
        encoding["color"] = axis(colour, "nominal", sort=list(colours))
        encoding["order"] = {"field": "place", "type": "quantitative"}
        if not stack:
            encoding["xOffset"] = {"field": colour.name, "sort": list(colours)}
    return drawn


def lines(
    x: Column,
    y: Column,
    *,
    colour: Column | None = None,
    colours: Names = (),
    kind: str = "temporal",
    dots: bool = True,
    marked: Sequence[Row] = (),
) -> Spec:
    """Lines of `y` over `x`, one for each `colour`, in the order of `colours`; without `dots` as steps.

    `marked` are days that have a number each (`day`, `number`), drawn as dashed lines.
    """
    line: Spec = {"type": "line"} | ({"point": {"size": 18}} if dots else {"interpolate": "step-after"})
    encoding: Spec = {"x": axis(x, kind), "y": axis(y, "quantitative")}
    if colour:
        encoding["color"] = axis(colour, "nominal", sort=list(colours))
    layers: list[Spec] = [{"mark": line, "encoding": encoding}]
    if marked:
        day, values = {"field": "day", "type": "temporal"}, {"values": list(marked)}
        rule = {"type": "rule", "strokeDash": [4, 3], "color": "#58595b"}
        text = {"type": "text", "align": "left", "dx": 3, "fontSize": 11, "color": "#3a3b3d"}
        top = {"x": day, "y": {"value": 6}, "text": {"field": "number"}}
        layers += [
            {"data": values, "mark": rule, "encoding": {"x": day}},
            {"data": values, "mark": text, "encoding": top},
        ]
    return {"width": _WIDTH, "height": _HEIGHT, "layer": layers}


def grid(x: Column, y: Column, value: Column) -> Spec:
    """`value` by `x` and `y` as squares that are the darker the more there is, each with its number."""
    encoding = {"x": axis(x, "nominal", sort=None, axis={"labelAngle": 0}), "y": axis(y, "nominal", sort=None)}
    shade = axis(value, "quantitative", scale={"scheme": "blues"}, legend=None)
    ink = {"condition": {"test": f"datum['{value.name}'] > datum.most * 0.5", "value": "white"}, "value": "#1d1f21"}
    number = axis(value, "quantitative", format=",.0f")
    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "transform": [{"joinaggregate": [{"op": "max", "field": value.name, "as": "most"}]}],
        "layer": [
            {"mark": "rect", "encoding": encoding | {"color": shade}},
            {"mark": {"type": "text", "fontSize": 12}, "encoding": encoding | {"text": number, "color": ink}},
        ],
    }
