"""What courses cost, gave and got back: by course, by month, by scheme and year, and by frame (rules.md section 8).

Everything is a sum of vouchers, starts, ends and meetings; nothing is rounded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from courses_by_rules import Course
from money_by_rules import Refusion, lost, refusion
from rows_by_rules import biflis_day
from state_by_rules import State

SUCCESS = {"job", "uddannelse"}
STATUSES = ["refunderes", "refunderes_ikke", "ingen_regel", "ukendt_maalgruppe"]
MILLION = 10**6
Cell = tuple[date, str, str, str]


@dataclass(frozen=True)
class Voucher:
    """A voucher, its course, the municipality she lived in when its month began, and what the rule says."""

    course: Course
    target: str
    month: str
    first: date
    place: str
    account: str
    amount: Decimal
    rule: Refusion

    @property
    def refund(self) -> Decimal:
        """Before the frame."""
        return self.amount * self.rule.rate

    @property
    def forgone(self) -> Decimal:
        """What another group would have got of it."""
        return self.amount * lost(self.month, self.rule)


def vouchers(state: State) -> list[Voucher]:
    """Every voucher."""
    held = {course.number: course for course in state.courses if course.source == "biflis"}
    found: list[Voucher] = []
    for row in state.member("omkostning"):
        course, target = held[row["mentorforloeb_id"]], state.row[row["mentorforloeb_id"]]["maalgruppe"]
        year, month = map(int, row["periode"].split("-"))
        first = date(year, month, 1)
        found.append(
            Voucher(
                course, target, row["periode"], first, state.citizens.place(course.cpr, first), row["konto"],
                Decimal(row["beloeb_kr"].replace(",", ".")), refusion(row["periode"], course.kind, target),
            )
        )  # fmt: skip
    return found


def meetings(state: State) -> Iterator[tuple[Course, date, int]]:
    """Contacts face to face: course, day, minutes."""
    held = {course.number: course for course in state.courses if course.source == "biflis"}
    for row in state.member("mentorkontakt"):
        day, minutes = biflis_day(row["dato"]), int(row["minutter"])
        assert day is not None
        if minutes:
            yield held[row["mentorforloeb_id"]], day, minutes


def succeeded(state: State, course: Course) -> bool:
    """Ended in job or education."""
    return course.end is not None and state.row[course.number]["afslutning"] in SUCCESS


def by_course(state: State) -> Iterator[tuple[Course, list[Voucher], int]]:
    """Each mentor course, its vouchers and its minutes face to face."""
    paid, minutes = defaultdict(list), defaultdict(int)
    for one in vouchers(state):
        paid[one.course.number].append(one)
    for course, _, spent in meetings(state):
        minutes[course.number] += spent
    for course in state.courses:
        if course.source == "biflis":
            yield course, paid[course.number], minutes[course.number]


def totals(found: Iterable[Voucher]) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Cost, refusion before the frame, what is left of the cost, refusion lost."""
    held = list(found)
    cost, refund = _sum(one.amount for one in held), _sum(one.refund for one in held)
    return cost, refund, cost - refund, _sum(one.forgone for one in held)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


@dataclass
class Month:
    """What happened in a month and cell."""

    paid: list[Voucher]
    started: int = 0
    ended: int = 0
    succeeded: int = 0
    minutes: int = 0


def by_month(state: State) -> dict[Cell, Month]:
    """By month, municipality on the day of the event (of a voucher the first of its month), kind and target group."""
    found: defaultdict[Cell, Month] = defaultdict(lambda: Month([]))

    def cell(course: Course, day: date) -> Month:
        target = state.row[course.number]["maalgruppe"] or "uoplyst"
        return found[day.replace(day=1), state.citizens.place(course.cpr, day), course.kind, target]

    for one in vouchers(state):
        cell(one.course, one.first).paid.append(one)
    for course in state.courses:
        if course.source == "biflis":
            cell(course, course.start).started += 1
            if course.end:
                cell(course, course.end).ended += 1
                cell(course, course.end).succeeded += succeeded(state, course)
    for course, day, minutes in meetings(state):
        cell(course, day).minutes += minutes
    return found


def budgets(state: State) -> dict[tuple[int, str], tuple[Decimal, Decimal]]:
    """Kroner by year and scheme: in all, and of it for implementation."""
    return {
        (int(row["aar"]), row["ordning"]): (
            _kroner(row["beloeb_mio"]),
            _kroner(row["heraf_implementering_mio"]),
        )
        for row in state.member("budget")
    }


def _kroner(millions: str) -> Decimal:
    return Decimal(millions.replace(",", ".")) * MILLION
