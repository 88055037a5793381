"""Which figure somebody means: the id of a published number, or a measure with some of its dimensions."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from mentor_dw.errors import MentorDwError

Row = dict[str, Any]

#: How many similar names are suggested, and how similar they are at least.
_NEAREST, _LIKENESS = 5, 0.5


class SeveralFigures(MentorDwError):
    """The question fits several figures; `members` are their rows (measure, dimensions, value, unit)."""

    def __init__(self, measure: str, members: Sequence[Row]) -> None:
        super().__init__(
            f"{len(members)} figures fit {measure}.",
            "Choose one with --where KEY=VALUE, as they are listed, or by the id of a published number.",
        )
        self.members = list(members)


def choose(figure: str, where: Mapping[str, str], figures: Sequence[Row], published: Sequence[Row]) -> tuple[str, Row]:
    """The measure and dimensions that `figure` (an id or a measure) and `where` name.

    `figures` are rows of `bi.figure`, `published` of `bi.figure_published`. A figure that has exactly the dimensions
    of `where` is meant even when others have these and more. Raises SeveralFigures, or MentorDwError when there is
    none, with the nearest names.
    """
    by_id = next((row for row in published if row["id"].casefold() == figure.casefold()), None)
    if by_id is not None:
        if where:
            raise MentorDwError(f"{by_id['id']} is one number.", "Leave --where out, or name a measure.")
        return by_id["measure"], by_id["dimensions"]
    members = [row for row in figures if row["measure"] == figure]
    if not members:
        raise _unknown(figure, figures, published)
    fitting = [row for row in members if where.items() <= _as_text(row["dimensions"]).items()]
    if not fitting:
        raise _no_member(figure, where, members)
    exact = [row for row in fitting if _as_text(row["dimensions"]) == dict(where)]
    if len(exact or fitting) > 1:
        raise SeveralFigures(figure, fitting)
    return figure, (exact or fitting)[0]["dimensions"]


def as_options(dimensions: Mapping[str, object]) -> str:
    """`dimensions` as the options that choose them, ready for a shell."""
    return " ".join(f"--where {shlex.quote(f'{name}={value}')}" for name, value in dimensions.items())


def parse_where(pairs: Sequence[str]) -> dict[str, str]:
    """`key=value` pairs as a mapping; MentorDwError for anything else."""
    found: dict[str, str] = {}
    for pair in pairs:
        key, mark, value = pair.partition("=")
        if not mark or not key.strip():
            raise MentorDwError(f"--where {pair} is no KEY=VALUE.", "Write it like --where jobcenter=Herlev.")
        found[key.strip()] = value.strip()
    return found


def _as_text(dimensions: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in dimensions.items()}


def _unknown(figure: str, figures: Sequence[Row], published: Sequence[Row]) -> MentorDwError:
    ids = {row["id"] for row in published}
    measures = {row["measure"] for row in figures}
    spelled = {name.casefold(): name for name in ids | measures}
    near = difflib.get_close_matches(figure.casefold(), sorted(spelled), _NEAREST, _LIKENESS)
    near = [spelled[name] for name in near]
    return MentorDwError(
        f"There is no figure {figure}.",
        f"Nearest: {', '.join(near)}. `mentor-dw figures` lists all." if near else "`mentor-dw figures` lists all.",
    )


def _no_member(figure: str, where: Mapping[str, str], members: Sequence[Row]) -> MentorDwError:
    texts = [_as_text(row["dimensions"]) for row in members]
    for name, value in where.items():
        values = sorted({one[name] for one in texts if name in one})
        if not values:
            names = sorted({key for one in texts for key in one})
            return MentorDwError(f"{figure} has no dimension {name}.", f"It has: {', '.join(names) or 'none'}.")
        if value not in values:
            return MentorDwError(f"{figure} has no {name}={value}.", f"There are: {', '.join(values)}.")
    return MentorDwError(
        f"No figure of {figure} has all of that at once.", f"`mentor-dw explain {figure}` lists those that there are."
    )
