"""What is promised about the numbers of a delivery, in the receiver's language."""

from __future__ import annotations

from mentor_dw.delivery.disclosure.cells import Rule
from mentor_dw.delivery.disclosure.goals import amount_free


def promise(rule: Rule) -> str:
    """The promise in Danish, as it stands in the manifest and the følgebrev; docs/disclosure.md has it exactly."""
    if rule.threshold == 0:
        small = "Intet antal skjules for sin størrelse."
    else:
        small = (
            f"Antal, der handler om 1-{rule.threshold - 1} personer, mentorer eller virksomheder, vises ikke, og ud "
            "fra alt, hvad modtageren har fået, nu og før, kan ingen værdi fra 1 til "
            f"{rule.threshold} udelukkes for et antal under {rule.threshold}."
        )
        small += " Det vises heller ikke, at alle i en gruppe har samme værdi af en følsom oplysning."
    if rule.method == "round":
        small += (
            f" De øvrige antal er afrundet til nærmeste multiplum af {rule.base} (aldrig ned til 0); nogle er skjult, "
            "hvor afrundingen ikke er nok. Andele og gennemsnit af afrundede antal vises ikke."
        )
    share = round(100 * amount_free(10_000, rule) / 10_000)
    amounts = (
        f"Beløb og timer med færre end {rule.dominance_contributors} bidragydere, eller hvor de {rule.dominance_top} "
        f"største står for mindst {round(100 * rule.dominance_share)} pct., vises ikke og kan ikke bestemmes nærmere "
        f"end {share} pct. til hver side (dog ikke under 0)."
    )
    others = "Andre tal er skjult, så de skjulte ikke kan regnes ud; intet skjult tal kan bestemmes præcist."
    before = (
        "Det, som følger af tidligere leveringer og af de nuller, der vises, regnes for kendt; hvor det levner færre "
        "værdier, står alle dem åbne, som det levner."
    )
    return " ".join((small, amounts, others, before))
