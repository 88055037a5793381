"""What BIFLIS' feed cannot say: a code that holds from a day on, and warnings that cost no row.

Rules from source-files.md, 'CPR', 'biflis' and 'Bad input'.
"""

from __future__ import annotations

import csv

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.validation.rule import Forbid, Warn

CHART_OF_ACCOUNTS = PROJECT_ROOT / "dbt_project" / "seeds" / "shared" / "konto.csv"


# The target group is that of the day of the agreement, and number 14 (jobafklaringsforløb) exists from 1 July 2014.
# Without an agreement of that day or later it cannot have been 14.
_NOT_YET_14 = """
l.maalgruppe = '14' and coalesce(l.mentorforloeb_id, '') not in (
    select a.mentorforloeb_id
    from {landing[mentoraftale.csv]} as a
    where a.mentorforloeb_id is not null and {date[a.indgaaet_dato]} >= date '2014-07-01'
)
"""


def accounts() -> list[str]:
    """The accounts of the chart, whenever they hold."""
    with CHART_OF_ACCOUNTS.open(encoding="utf-8", newline="") as handle:
        return [row["konto"] for row in csv.DictReader(handle)]


def rules() -> list[Warn]:
    """The rules of this source."""
    known = ", ".join(f"'{account}'" for account in accounts())
    return [
        Forbid("mentorforloeb.csv", "maalgruppe", "code_not_in_force", _NOT_YET_14),
        Warn("borger.csv", "cpr", "cpr_fails_mod11", "l.person_modulus11 = 'nej'"),
        Warn("borger.csv", "cpr", "cpr_has_no_date", "l.person_key is not null and l.person_foedselsdato is null"),
        Warn("borger.csv", "koen", "koen_differs_from_cpr", "l.koen in ('M', 'K') and l.koen <> l.person_koen"),
        Warn(
            "borger.csv",
            "foedselsdato",
            "foedselsdato_differs_from_cpr",
            "{date[l.foedselsdato]} <> l.person_foedselsdato::date",
        ),
        Warn("omkostning.csv", "konto", "konto_unknown", f"l.konto not in ({known})"),
    ]
