"""Keep civil registration numbers out of everything a person or a log may read.

A CPR number can turn up anywhere: in a company's name, in a shifted column, in a file name. Whatever leaves the
reader as text passes `mask_cpr`; a value of a field the feed calls personal passes `mask_value`, which shows
nothing of it.
"""

from __future__ import annotations

import re

# DDMMYY-SSSS with any run of blanks and one hyphen, DDMMYYSSSS, or nine digits (a lost leading zero); days
# 61-91 are replacement numbers. Months are checked so that ordinary long numbers survive where they can.
_CPR = re.compile(
    r"(?<![0-9])"
    r"(?:[0-3][0-9]|[6-9][0-9]|[1-9])\s?(?:0[1-9]|1[0-2])\s?[0-9]{2}\s*[-\u2010-\u2015]?\s*[0-9]\s?[0-9]{3}"
    r"(?![0-9])"
)
MASK = "******-****"


def mask_cpr(text: str) -> str:
    """`text` with everything that could be a CPR number replaced by asterisks."""
    return _CPR.sub(MASK, text)


def holds_cpr(text: str) -> bool:
    """Whether `text` holds something that could be a CPR number."""
    return _CPR.search(text) is not None


def mask_value(value: str | None, *, personal: bool, limit: int = 60) -> str | None:
    """What may be shown of an offending value: nothing of a personal one but its length, else the masked text."""
    if value is None:
        return None
    if personal:
        return f"*** ({len(value)} tegn)"
    shown = mask_cpr("".join(c if c.isprintable() else "?" for c in value))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
