"""What the state gives back of a voucher, as rules.md section 8 and R18 say: by its month and the target group.

And what is wrong with the account it is on. Names of frames and accounts are those of docs/refusion.md.
"""

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
    #: the frame that the cost counts in
    frame: str | None = None


def refusion(month: str, kind: str, target: str) -> Refusion:
    """The rule in force in `month` (YYYY-MM) for the target group of the agreement; udskrivning has its own ground."""
    if kind == "udskrivning":
        return _discharge(month, target)
    if target == "":
        return Refusion("ukendt_maalgruppe")
    return _group(month, int(target))


def _discharge(month: str, target: str) -> Refusion:
    """§ 31 b stk. 2: half, 2009 to 2018; L 76 keeps it for no. 1, whose accounts carry refusion until 30 June 2019."""
    if month < "2009-01":
        return refusion(month, "", target)
    if month <= "2018-12" or (target == "1" and month <= "2019-06"):
        return Refusion("refunderes", HALF, frame=_frame(month, "118"))
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
    return Refusion("refunderes", HALF, frame=_frame(month, "118a" if number in (4, 5, 6, 7) else "118"))


def _frame(month: str, from_2016: str) -> str:
    """Before 2014 no source names it; then mentors had one of their own (§ 121 a) until the end of 2015."""
    return "foer_2014" if month < "2014-01" else "121a" if month < "2016-01" else from_2016


def lost(month: str, found: Refusion) -> Decimal:
    """The share that the groups within the frames get in that month, of a voucher whose rule says no; else nothing."""
    return HALF if found.status == "refunderes_ikke" and "2009-01" <= month <= "2018-12" else Decimal(0)


#: The chart of accounts: first and last month of each, and what it says about refusion.
CHART = {
    "5.68.90.017": ("2016-01", "9999-12", "ja"),
    "5.68.90.018": ("2016-01", "9999-12", "nej"),
    "5.68.90.019": ("2016-01", "9999-12", "ja"),
    "5.68.98.019": ("0000-00", "2015-12", "ukendt"),
    "5.68.98.011": ("0000-00", "9999-12", "ukendt"),
    "5.68.98.012": ("0000-00", "9999-12", "ukendt"),
    "5.68.98.015": ("0000-00", "9999-12", "ukendt"),
}


def account_by_rule(month: str, kind: str, target: str) -> str | None:
    """The account that the rule names; None where none is stated."""
    number = int(target) if target else -1
    own_ground = kind == "udskrivning" and (
        "2009-01" <= month <= "2018-12" or (number == 1 and month <= "2019-06") or number == 11
    )
    if own_ground or month < "2009-01":
        return None
    if month < "2016-01":
        return "5.68.98.019" if number == 1 else None
    if number in (0, 1, 2):
        return "5.68.90.018"
    if month < "2019-01" and number in (3, 8, 9, 10, 12, 13):
        return "5.68.90.017"
    return "5.68.90.019" if month < "2019-01" and number in (4, 5, 6, 7) else None


def cost_kind(account: str) -> str:
    """What is paid for: known of the accounts that have a name."""
    named = account in CHART and (account.startswith("5.68.90") or account == "5.68.98.019")
    return "mentorstoette" if named else "ukendt"


@dataclass(frozen=True)
class Account:
    """What is wrong with the account of a voucher."""

    unknown: bool
    not_in_force: bool
    another: bool
    gives_against_the_rule: bool
    gives_not_against_the_rule: bool


def account(month: str, kind: str, target: str, number: str) -> Account:
    """The account `number` of a voucher against the chart and the rule of its month."""
    first, last, told = CHART.get(number, ("0000-00", "9999-12", "ukendt"))
    named, status = account_by_rule(month, kind, target), refusion(month, kind, target).status
    others = {account_by_rule(month, "", str(group)) for group in range(15)} - {"5.68.90.018"}
    # Where the rule names no account, those of other groups are wrong; the group has to be known, and to decide.
    another = number != named if named else target != "" and kind != "udskrivning" and number in others
    # What the chart says of an account holds before its first month too: not to be in force is a finding by itself.
    gives = told == "ja" and month <= "2018-12"
    gives_not = told == "nej" or (told == "ja" and month >= "2019-01")
    return Account(
        number not in CHART,
        number in CHART and not first <= month <= last,
        another,
        gives and status == "refunderes_ikke",
        gives_not and status == "refunderes",
    )
