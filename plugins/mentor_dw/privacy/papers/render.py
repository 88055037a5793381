"""Templates into papers, and what is left in them for people: blanks to fill, and questions for the DPO."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mentor_dw.masking import mask_cpr

TEMPLATES = Path(__file__).parent
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    # Markdown for people, not a page for a browser.
    autoescape=False,
)
_HARMLESS = str.maketrans({"|": "\\|", "[": "(", "]": ")"})
_LEFT = re.compile(r"\[(udfyldes|DPO): ([^\]]+)\]")


@dataclass(frozen=True)
class Paper:
    """One paper: the template `<name>.md.j2` becomes `<name>.md`."""

    name: str
    title: str


@dataclass(frozen=True)
class Left:
    """What a paper leaves to people: `who` is udfyldes (whoever knows) or DPO, `line` where it stands."""

    paper: str
    line: int
    who: str
    what: str


@dataclass(frozen=True)
class Written:
    """A paper, filled."""

    paper: Paper
    text: str

    @property
    def left(self) -> list[Left]:
        """Blanks and questions in the order of the text."""
        lines = enumerate(self.text.splitlines(), start=1)
        return [Left(self.paper.name, at, *match.groups()) for at, line in lines for match in _LEFT.finditer(line)]


PAPERS = (
    Paper("fortegnelse", "Fortegnelse over behandlingsaktiviteter"),
    Paper("konsekvensanalyse", "Konsekvensanalyse"),
    Paper("dataansvarlig_og_databehandler", "Dataansvarlig og databehandler"),
    Paper("retsgrundlag", "Retsgrundlag for hver datastrøm"),
    Paper("brud", "Plan ved brud på persondatasikkerheden"),
)


def written(facts: Mapping[str, Any]) -> list[Written]:
    """Every paper filled with `facts` (`collect`). Raises jinja2.UndefinedError when a template names no fact."""
    clean = _clean(facts)
    return [
        Written(paper, _ENVIRONMENT.get_template(f"{paper.name}.md.j2").render(clean, paper=paper)) for paper in PAPERS
    ]


def _clean(value: Any) -> Any:
    """Text that a person typed may hold a CPR number, or end a cell or a blank: none of that gets into a paper."""
    if isinstance(value, str):
        return " ".join(mask_cpr(value).translate(_HARMLESS).split())
    if isinstance(value, Mapping):
        return {name: _clean(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_clean(one) for one in value]
    return value
