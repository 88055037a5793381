"""What the web registrations' feed cannot say: warnings that are counted per delivery and cost no row.

Rules from source-files.md, 'CPR' and 'Bad input'.
"""

from __future__ import annotations

from mentor_dw.validation.rule import Warn

# Age at the citizen's first start, the earliest well-formed one in the same delivery. One pass over both tables, not
# one per citizen.
_AGE_IS_ANOTHER = """
l.line_number in (
    select b.line_number
    from {landing[borgere.csv]} as b
    inner join {landing[stoetteforloeb.csv]} as f on b.borger_id = f.borger_id
    group by b.line_number, b.alder, b.person_foedselsdato
    having abs({integer[b.alder]} - extract(year from age(min({date[f.start_dato]}), b.person_foedselsdato::date))) > 1
)
"""


def rules() -> list[Warn]:
    """The rules of this source."""
    return [
        Warn("borgere.csv", "cpr", "cpr_fails_mod11", "l.person_modulus11 = 'nej'"),
        Warn(
            "borgere.csv",
            "cpr",
            "cpr_has_no_date",
            "l.person_key is not null and l.person_foedselsdato is null",
        ),
        Warn("borgere.csv", "koen", "koen_differs_from_cpr", "l.koen in ('M', 'K') and l.koen <> l.person_koen"),
        Warn("borgere.csv", "alder", "alder_differs_from_cpr", _AGE_IS_ANOTHER),
        Warn(
            "tidsforbrug.csv",
            "heraf_transport",
            "transport_above_minutter",
            "{integer[l.heraf_transport]} > {integer[l.minutter]}",
        ),
    ]
