"""What the state gives back of a voucher, as rules.md section 8 and R18 say: by its month and the target group."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

HALF = Decimal("0.5")


@dataclass(frozen=True)
class Refusion:
    """What becomes of a voucher: `refunderes`, `refunderes_ikke`, `ingen_regel`, `ukendt_maalgruppe`."""

    status: str
    rate: Decimal = Decimal(0)
    outside_frame: bool = False


def refusion(month: str, kind: str, target: str) -> Refusion:
    """The rule in force in `month` (YYYY-MM) for the target group of the agreement; udskrivning has its own ground."""
    if kind == "udskrivning":
        return _discharge(month, target)
    if target == "":
        return Refusion("ukendt_maalgruppe")
    return _group(month, int(target))


def _discharge(month: str, target: str) -> Refusion:
    """§ 31 b stk. 2: half, to 2018; L 76 keeps it for no. 1, whose accounts carry refusion until 30 June 2019."""
    if month < "2009-01":
        return Refusion("ingen_regel")
    if month <= "2018-12" or (target == "1" and month <= "2019-06"):
        return Refusion("refunderes", HALF)
    # Whether she was no. 1 is what it now hangs on; of no. 14 nothing is ever stated.
    return Refusion({"": "ukendt_maalgruppe", "14": "ingen_regel"}.get(target, "refunderes_ikke"))


def _group(month: str, number: int) -> Refusion:
    since = {11: "2013-01", 12: "2014-01", 13: "2014-01"}.get(number, "2009-01")
    if number == 14 or month < since:
        return Refusion("ingen_regel")
    if number == 11:
        if month >= "2022-01":
            return Refusion("refunderes_ikke")
        return Refusion("refunderes", HALF, outside_frame=True)
    if month >= "2019-01" or (month >= "2014-01" and number in (0, 1, 2)):
        return Refusion("refunderes_ikke")
    return Refusion("refunderes", HALF)
