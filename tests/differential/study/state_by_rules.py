"""What the deliveries that count at a moment say: everybody's courses, offers, categories, weeks and months."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

from borger_by_rules import Citizens
from calendar_by_rules import runs
from courses_by_rules import Course, courses
from ledger_by_rules import Ledger
from register_people import Row
from rows_by_rules import biflis_day, clean
from weeks_by_rules import month_of, week_of


class State:
    """The three registers at `moment`, asked after step `asked`; what is uoplyst is an empty text."""

    def __init__(self, ledger: Ledger, moment: int, asked: int) -> None:
        self.citizens = Citizens(ledger, moment, asked)
        biflis, dream = ledger.effective("biflis", moment), ledger.effective("dream", moment)
        assert biflis and dream, "a state without BIFLIS or DREAM has nothing to compare"
        self._biflis = biflis.rows
        self.covered_day = biflis.day
        self.courses = courses(ledger, moment)
        self.row = {row["mentorforloeb_id"]: row for row in self.member("mentorforloeb")}
        self.offers = [_offer(row) for row in self.member("tilbud")]
        self._categories: defaultdict[str, list[tuple[date, date | None, str]]] = defaultdict(list)
        for row in self.member("visitation"):
            held = biflis_day(row["fra_dato"]), biflis_day(row["til_dato"]), row["visitationskategori"]
            self._categories[clean(row["cpr"])].append(held)
        self.registered_age = _registered_age(ledger, moment)
        self._read(dream.delivery.columns[""], dream.rows[""], ledger.kept(dream, asked) & ledger.known(moment))

    def _read(self, columns: list[str], rows: list[Row], there: set[str]) -> None:
        weeks = {name: week for name in columns if (week := week_of(name))}
        self.covered = sorted(weeks.values())
        self.covered_months = {month for name in columns if (month := month_of(name))}
        self.weeks: dict[str, dict[date, str]] = {}
        #: the first week of code 999
        self.died: dict[str, date] = {}
        self.jobs: dict[str, Row] = {}
        for row in rows:
            if (cpr := clean(row["pnr"])) in there:
                self.weeks[cpr] = {week: row[name] for name, week in weeks.items()}
                if "999" in self.weeks[cpr].values():
                    self.died[cpr] = min(week for week, code in self.weeks[cpr].items() if code == "999")
                self.jobs[cpr] = {name: row[name] for name in columns if month_of(name)}

    def member(self, name: str) -> list[Row]:
        """The rows of a member of BIFLIS."""
        return self._biflis[f"{name}.csv"]

    def employed(self, cpr: str, month: date) -> bool | None:
        """R9: a line of business, or a degree above 0; None when the delivery has no column of the month."""
        if month not in self.covered_months:
            return None
        branche, grad = (self.jobs[cpr].get(f"{group}_{month:%Y_%m}", "") for group in ("branche", "grad"))
        return bool(branche) or (grad != "" and Decimal(grad.replace(",", ".")) > 0)

    def born(self, cpr: str) -> date:
        """R24: by the source that wins, as told now; it is no attribute that changes with time."""
        told = dict(self.citizens.versions[cpr][-1].values)["born"]
        assert isinstance(told, date)
        return told

    def category(self, cpr: str, day: date) -> str:
        """Her visitationskategori on a day; of several that hold the one that began last."""
        held = [(first, name) for first, last, name in self._categories.get(cpr, []) if runs(first, last, day)]
        return max(held)[1] if held else ""

    def categorized(self) -> dict[str, date]:
        """Whom BIFLIS has categories of, and since when."""
        return {cpr: min(first for first, _, _ in held) for cpr, held in self._categories.items()}

    def of_kind(self, *kinds: str) -> list[Course]:
        """BIFLIS' mentor courses of these kinds."""
        return [course for course in self.courses if course.source == "biflis" and course.kind in kinds]


def _registered_age(ledger: Ledger, moment: int) -> Row:
    """By web registration the age that is registered, an empty text where none is."""
    webreg = ledger.effective("webreg", moment)
    if webreg is None:
        return {}
    ages = {row["borger_id"]: row["alder"] for row in webreg.rows["borgere.csv"]}
    return {row["forloeb_id"]: ages[row["borger_id"]] for row in webreg.rows["stoetteforloeb.csv"]}


def _offer(row: Row) -> Course:
    """An activation offer, named by its kind."""
    start, end = biflis_day(row["start_dato"]), biflis_day(row["slut_dato"])
    assert start is not None
    return Course("biflis", row["tilbud_id"], clean(row["cpr"]) or "", start, end, row["tilbudstype"])
