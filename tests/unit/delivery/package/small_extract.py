"""An extract of two small tables, with the things that formats stumble over."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from mentor_dw.delivery.package.facts import PackageFacts, TableSuppression
from mentor_dw.delivery.specification.model import Receiver, Specification
from mentor_dw.delivery.specification.periods import parse_period
from mentor_dw.delivery.tables import Column, Table

KOMMUNER = {"i_alt": "I alt", "101": "København", "163": "Herlev", "370": 'Næstved; "by"'}
AARSAGER = {"i_alt": "I alt", "=1+1": "=1+1", "007": "http://eksempel.dk"}
RUN_DATE = date(2016, 4, 14)
_CONTACT = {"name": "Statistik", "mail": "statistik@eksempel.dk"}


def specification(**other: Any) -> Specification:
    """A monthly extract of counts in every format; `other` replaces what it says."""
    return Specification.model_validate(
        {
            "name": "star_forloeb",
            "title": "Mentorforløb",
            "receiver": "star",
            "purpose": "At følge indsatsen.",
            "legal_basis": {"paragraph": "lov § 43", "text": "STAR må få | <b>antal</b> [1]."},
            "contact": _CONTACT,
            "cadence": "month",
            "deadline": {"working_day": 10},
            "definitions": "2026-1",
            "level": "counts",
            "disclosure": {},
            "tables": [_table("forloeb"), _table("aarsager")],
            "formats": ["csv", "sup", "parquet", "xlsx"],
            "known_gaps": ["Herlev mangler i hele marts."],
        }
        | other
    )


def tables() -> list[Table]:
    """`forloeb`: amounts, dates, hidden values, signs of the delimiter. `aarsager`: texts that look like formulas."""
    forloeb = (
        _column("kommune", "text", codes=KOMMUNER),
        _column("antal", "integer", required=False),
        _column("beloeb", "decimal", unit="kr.", decimals=2, required=False),
        _column("opgjort", "date"),
    )
    day = date(2016, 3, 31)
    return [
        Table(
            "forloeb",
            "Forløb",
            "Antal forløb",
            forloeb,
            ("kommune",),
            (
                ("i_alt", 1000, Decimal("1234567890.5"), day),
                ("370", 0, Decimal("-0.00"), day),
                ("163", None, None, day),
                ("101", 990, Decimal("-12.5"), day),
            ),
        ),
        Table(
            "aarsager",
            "Årsager",
            "Antal forløb efter årsag",
            (_column("aarsag", "text", codes=AARSAGER), _column("antal", "integer")),
            ("aarsag",),
            (("i_alt", 30), ("007", 20), ("=1+1", 10)),
        ),
    ]


def facts(spec: Specification, **other: Any) -> PackageFacts:
    """The first delivery of March 2016; `other` replaces what they say."""
    told = {
        "spec": spec,
        "receiver": Receiver.model_validate(
            {
                "name": "star",
                "title": "Styrelsen",
                "address": ["Vej 1", "2300 København S"],
                "contact": _CONTACT,
                "purpose_of_receiver": "Tilsyn",
            }
        ),
        "period": parse_period("2016-03"),
        "sequence": 1,
        "kind": "delivery",
        "run_date": RUN_DATE,
        "as_known_at": datetime(2016, 4, 13, 6, 5, 11, 610112, UTC),
        "code_version": "0.1.0+" + "1234567890" * 4,
        "definitions": "2026-1",
        "rows": 7,
        "is_empty": False,
        "suppression": (TableSuppression("forloeb", 8, 2, {"small": 1, "complementary": 1}, "Intet er for smalt."),),
    }
    return PackageFacts(**(told | other))


def _column(name: str, kind: Any, **other: Any) -> Column:
    return Column(name, name.capitalize(), f"Hvad {name} er", kind, **other)


def _table(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "title": name,
        "description": f"Antal {name}",
        "model": "ext_star__forloeb_v1",
        "dimensions": [
            {"name": "kommune", "column": "kommune", "title": "Kommune", "description": "Kommunen", "codes": "kommune"}
        ],
        "measures": [{"name": "antal", "title": "Antal", "description": "Antal forløb", "kind": "rows"}],
    }
