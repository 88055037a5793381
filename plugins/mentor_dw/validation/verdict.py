"""What was found in a delivery: counts and a verdict, no values."""

from __future__ import annotations

from dataclasses import dataclass, field

from mentor_dw.errors import DeliveryRefused
from mentor_dw.validation.rule import Rule


@dataclass(frozen=True)
class MemberCount:
    """Rows of one member: what was read, what was set aside, and what may not be kept (rules.md V13, erasure)."""

    rows_read: int
    rows_quarantined: int
    rows_withheld: int = 0

    @property
    def rows_accepted(self) -> int:
        return self.rows_read - self.rows_quarantined - self.rows_withheld


@dataclass
class Verdict:
    """What was found in a delivery. Counts only; `refusal` is set when it may not enter for its rows."""

    members: dict[str, MemberCount]
    #: rows a rule concerns; for a key, all rows that share it, as Great Expectations counts
    counts: dict[str, int]
    #: rows set aside for a rule, by rule_id
    quarantined: dict[str, int]
    warnings: dict[str, dict[str, int]]
    unknown_values: dict[str, dict[str, int]]
    refusal: DeliveryRefused | None = None
    rules: list[Rule] = field(default_factory=list)

    @property
    def rows_read(self) -> int:
        return sum(count.rows_read for count in self.members.values())

    @property
    def rows_quarantined(self) -> int:
        return sum(count.rows_quarantined for count in self.members.values())

    @property
    def rows_withheld(self) -> int:
        return sum(count.rows_withheld for count in self.members.values())
