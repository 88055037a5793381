"""Keep civil registration numbers out of everything a person or a log may read.

A CPR number can turn up anywhere: in a company's name, in a shifted column, in a file name. Whatever leaves the
reader as text passes `mask_cpr`; a value of a field the feed calls personal passes `mask_value`, which shows
nothing of it. Masking errs on the side of hiding: a ten-digit production unit number is hidden too.
"""

from __future__ import annotations

import re

# What may stand between the parts of a number that somebody typed by hand: up to three characters that are neither
# letter nor digit, and the underscore.
_GAP = r"[\W_]{0,3}"
_DAY = r"(?:[0-3][0-9]|[6-9][0-9])"
_MONTH = r"(?:0[1-9]|1[0-2])"

_CPR = re.compile(
    "|".join(
        (
            # Ten digits are a CPR number after cleaning whatever date they spell (source-files, CPR), so they are
            # hidden without looking at the date, and so is a longer run, which may hold one.
            r"\d{10,}",
            r"(?<!\d)\d{5,6}\s{0,3}[-\u00ad\u2010-\u2015\u2212]\s{0,3}\d{4}(?!\d)",
            # Written in parts, or nine digits (a lost leading zero): only where day and month are possible, so that
            # ordinary dates, clock times (digits after a colon) and amounts survive.
            rf"(?<!\d)(?:{_DAY}|[1-9]){_GAP}{_MONTH}{_GAP}\d\d{_GAP}\d\s?\d\s?\d\s?\d(?!:?\d)",
        )
    )
)
MASK = "******-****"
#: No shorter text can hold a CPR number.
SHORTEST = 9


def mask_cpr(text: str) -> str:
    """`text` with everything that could be a CPR number replaced by asterisks."""
    return text if len(text) < SHORTEST else _CPR.sub(MASK, text)


def holds_cpr(text: str) -> bool:
    """Whether `text` holds something that could be a CPR number."""
    return _CPR.search(text) is not None


def mask_value(value: str | None, *, personal: bool, limit: int = 60) -> str | None:
    """What may be shown of an offending value: nothing of a personal one but its length, else the masked text.

    Masked before characters are replaced and the end is cut, so that neither can break a number's pattern.
    """
    if value is None:
        return None
    if personal:
        return f"*** ({len(value)} tegn)"
    shown = "".join(c if c.isprintable() else "?" for c in mask_cpr(value))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
