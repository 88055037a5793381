"""What a package tells about itself beside its tables: whose, of what, made when, what is hidden, what it replaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from mentor_dw.delivery.specification.model import Receiver, Specification
from mentor_dw.delivery.specification.periods import Period

#: What the stem of a trial ends in: nobody can take it for the delivery of that number.
TRIAL_ENDING = "_proeve"


@dataclass(frozen=True)
class TableSuppression:
    """What disclosure control did to one table.

    `hidden` of `cells` numbers are not told, `reasons` says how many for which `Why`. `promise` (Danish) is what was
    proved of them. For a table of persons: `k`, and `withheld_rows` that are not told because fewer than k look alike.
    """

    table: str
    cells: int = 0
    hidden: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    promise: str = ""
    k: int | None = None
    withheld_rows: int = 0


@dataclass(frozen=True)
class PackageFacts:
    """One version (sequence number) of one period of an extract. All of it is in the ledger, so it can be told again.

    `rows` are those of all tables together. `missing_areas` are municipalities, in words, that used to be there.
    `replaces` is the sequence number of the delivery that this one takes the place of, and `why` says why.
    """

    spec: Specification
    receiver: Receiver
    period: Period
    sequence: int
    kind: Literal["delivery", "trial"]
    run_date: date
    as_known_at: datetime
    code_version: str
    definitions: str
    rows: int
    is_empty: bool
    missing_areas: tuple[str, ...] = ()
    suppression: tuple[TableSuppression, ...] = ()
    replaces: int | None = None
    why: str | None = None
    deadline: date | None = None
    pseudonym_key_id: str | None = None

    @property
    def stem(self) -> str:
        """What the names of the delivered files begin with, such as star_mentorforloeb_2016-03_001."""
        return self._stem(self.sequence)

    @property
    def replaced_stem(self) -> str | None:
        """The stem of the delivery that this one takes the place of."""
        return None if self.replaces is None else self._stem(self.replaces)

    def _stem(self, sequence: int) -> str:
        name = self.spec.file_name.format(name=self.spec.name, period=self.period.text, sequence=sequence)
        return name + (TRIAL_ENDING if self.kind == "trial" else "")
