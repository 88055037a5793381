"""Dates, shares and reasons in Danish words, for the følgebrev."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from mentor_dw.config import COPENHAGEN
from mentor_dw.delivery.disclosure.cells import Why
from mentor_dw.reporting.danish import day

__all__ = ["day", "moment", "percent", "reasons"]

_REASONS = {
    Why.SMALL: "få personer",
    Why.FEW_MENTORS: "få mentorer",
    Why.FEW_COMPANIES: "få virksomheder",
    Why.DOMINANCE: "få står for det meste",
    Why.GROUP: "alle i gruppen har samme værdi",
    Why.COMPLEMENTARY: "for at de andre ikke kan regnes ud",
    Why.WITH_ITS_COUNT: "følger et skjult tal",
    Why.EARLIER: "kunne regnes ud med en tidligere leverance",
    Why.ROUNDED: "afrundet",
}


def moment(value: datetime) -> str:
    """Such as 4. april 2016 kl. 6.05, by the clock of Copenhagen."""
    local = value.astimezone(COPENHAGEN)
    return f"{day(local)} kl. {local.hour}.{local.minute:02d}"


def percent(share: Decimal) -> str:
    """A share of one as a number of percent, such as 85 or 33,3."""
    return format((share * 100).normalize(), "f").replace(".", ",")


def reasons(counts: Mapping[str, int]) -> str:
    """Such as få personer: 3; afrundet: 2. In the order of `Why`; what is none of it keeps its name."""
    told = {str(why): words for why, words in _REASONS.items()}
    order = [*told, *sorted(set(counts) - set(told))]
    return "; ".join(f"{told.get(why, why)}: {counts[why]}" for why in order if counts.get(why))
