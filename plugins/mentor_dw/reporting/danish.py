"""How numbers, days, lists and counted nouns are written in Danish."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

_MONTHS = (
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
)


def number(value: int) -> str:
    """8949 as 8.949."""
    return f"{value:,}".replace(",", ".")


def rows(count: int) -> str:
    """1 række, 42 rækker."""
    return f"{number(count)} {'række' if count == 1 else 'rækker'}"


def day(value: date) -> str:
    """28. februar 2011."""
    return f"{value.day}. {_MONTHS[value.month - 1]} {value.year}"


def covered(covers: str) -> str:
    """A covered day, 2011-02-28, as 28. februar 2011; a covered month, 2011-02, as februar 2011."""
    if len(covers) == len("2011-02"):
        first = date.fromisoformat(f"{covers}-01")
        return f"{_MONTHS[first.month - 1]} {first.year}"
    return day(date.fromisoformat(covers))


def listed(words: Sequence[str]) -> str:
    """a, b og c."""
    return " og ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def lines(numbers: Sequence[int], named: int, *, all_known: bool = True) -> str:
    """Linje 6, 7 og 17; beyond `named` numbers the rest are counted, when `all_known`."""
    if len(numbers) > named:
        rest = f"{number(len(numbers) - named)} til" if all_known else "flere"
        return f"Linje {', '.join(map(str, numbers[:named]))} og {rest}"
    return f"Linje {listed([str(one) for one in numbers])}"


#: What makes a link, HTML, code or a table of Markdown.
_MARKUP = str.maketrans(dict.fromkeys("<>[]`|\\&", "?"))


def plain(text: str) -> str:
    """`text` without what Markdown takes for more than text: names come from a file that anybody may write."""
    return text.translate(_MARKUP)
