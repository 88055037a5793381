"""What a part of a wide file held, in numbers: counted while it is folded, added up over the parts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mentor_dw.reading.wide.folded import Finding, Folded
from mentor_dw.reading.wide.layout import Layout


@dataclass
class PartCounts:
    """What a part of a wide file held. Counts only; `seconds` by step: fold, vault, copy, index.

    A rule is named by field (of a series: the feed's name of it) and rule: `koen.bad_code`, `too_few_fields`.
    """

    rows_read: int = 0
    persons: int = 0
    kept: int = 0
    spells: int = 0
    bad_rows: int = 0
    #: rows that break a rule, and rows by the rule shown first
    by_rule: Counter[str] = field(default_factory=Counter)
    by_first_rule: Counter[str] = field(default_factory=Counter)
    uoplyst: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    #: weeks by code, codes without weeks left out
    weeks: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)

    def add(self, other: PartCounts) -> None:
        """Count another part, or another block, too."""
        for name, value in vars(other).items():
            if isinstance(value, Counter):
                getattr(self, name).update(value)
            else:
                setattr(self, name, getattr(self, name) + value)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the seconds of the block to `step`."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] += time.perf_counter() - began

    def as_json(self) -> dict[str, Any]:
        """The counts as a JSON object, to be read by `from_json`."""
        return {name: dict(value) if isinstance(value, Counter) else value for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> PartCounts:
        """The counts that `as_json` wrote."""
        return cls(**{name: Counter(value) if isinstance(value, dict) else value for name, value in facts.items()})


#: The rule_id of a finding (validation/wide_rules.py).
RuleOf = Callable[[Finding], str]


def rule_names(layout: Layout) -> RuleOf:
    """What the rule of a finding is called: columns of a series share the name of the series."""
    series = {layout.names[place]: name for name, serie in layout.series.items() for place in serie.places}

    def named(finding: Finding) -> str:
        return f"{series.get(finding.field, finding.field)}.{finding.rule}" if finding.field else finding.rule

    return named


def count_folded(counts: PartCounts, folded: Folded, rule_of: RuleOf) -> None:
    """Count a folded block."""
    counts.rows_read += folded.rows_read
    counts.persons += len(folded.persons)
    counts.uoplyst.update(folded.uoplyst)
    counts.warnings.update(folded.warnings)
    counts.weeks.update({f"{code:03}": int(folded.codes[code]) for code in np.flatnonzero(folded.codes)})
    line, rules = 0, set[str]()
    for finding in folded.findings:
        rule = rule_of(finding)
        if finding.line_number != line:
            line, rules = finding.line_number, set()
            counts.bad_rows += 1
            counts.by_first_rule[rule] += 1
        if rule not in rules:
            rules.add(rule)
            counts.by_rule[rule] += 1
