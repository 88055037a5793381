"""What was planted on purpose: the list that `planted.json` holds, so that a check can ask for every one of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row to quarantine. `field` is None where the row as a whole is at fault; `rule` as in the quarantine."""

    file: str
    member: str
    line_number: int
    field: str | None
    rule: str


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file with its outcome: `refused` (with the refusal `code`), `duplicate` or `waiting`."""

    file: str
    outcome: str
    code: str | None
    what: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A member (`column` None) or a column that the contract does not know."""

    file: str
    member: str
    column: str | None


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A code outside the code list that is kept and counted, in `column`."""

    file: str
    line_number: int
    column: str
    code: str


@dataclass(frozen=True, slots=True)
class HiddenNumber:
    """A CPR number where none belongs: `text` as written, `cpr` its ten digits."""

    file: str
    member: str
    line_number: int
    where: str
    text: str
    cpr: str


@dataclass
class Planted:
    """Everything planted in one sample."""

    rows: list[BadRow] = field(default_factory=list)
    files: list[BadFile] = field(default_factory=list)
    drift: list[Drift] = field(default_factory=list)
    numbers: list[HiddenNumber] = field(default_factory=list)
    codes: list[UnknownCode] = field(default_factory=list)

    def write(self, path: Path) -> Path:
        """As JSON: an object with the lists `rows`, `files`, `drift`, `numbers` and `codes`."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return path
