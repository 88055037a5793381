"""What a rule is, and how a source's `suite.py` writes those that its feed cannot say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Expectation:
    """A core expectation of Great Expectations: its class and arguments."""

    name: str
    arguments: dict[str, Any]
    #: judge only rows that the reader could split into fields
    split_rows_only: bool = False


@dataclass(frozen=True)
class Rule:
    """One rule about the rows of one member.

    `bad` is an SQL condition over a row `l` of the landing table, never null and never raising; rules of kind `key`,
    `reference` and `own_reference` (to a row of the same member) concern several rows, those of kind `profile` the
    delivery as a whole, and have none. `shown` is SQL for the offending value; it is hidden when `personal`.
    `expectation` says how Great Expectations judges the rule; without one it runs SQL of its own.
    """

    member: str
    field: str | None
    rule: str
    severity: Literal["critical", "warning"] = "critical"
    kind: Literal["row", "key", "reference", "own_reference", "profile"] = "row"
    bad: str = ""
    shown: str | None = None
    personal: bool = False
    expectation: Expectation | None = field(default=None, compare=False)

    @property
    def rule_id(self) -> str:
        """Such as `borgere.koen.bad_code`."""
        parts = [self.member.removesuffix(".csv"), (self.field or "").replace(",", "+"), self.rule]
        return ".".join(part for part in parts if part)


@dataclass(frozen=True)
class Warn:
    """A rule from a source's `suite.py`: rows where `condition` holds are kept and counted as `rule`.

    `condition` is SQL over a row `l` of the member's landing table; `{landing[member.csv]}` is another table,
    `{date[column]}` and `{integer[column]}` read a text column without raising.
    """

    member: str
    field: str
    rule: str
    condition: str


@dataclass(frozen=True)
class Forbid(Warn):
    """A rule from a source's `suite.py`, written as a `Warn`, whose rows are set aside."""
