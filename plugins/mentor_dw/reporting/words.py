"""What a rule and a refusal mean, in one line each: Danish for the source's owner, English for engineers."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """The same sentence twice."""

    danish: str
    english: str


RULES = {
    "too_few_fields": Words("Rækken har færre felter end overskriften.", "The row has fewer fields than the header."),
    "too_many_fields": Words("Rækken har flere felter end overskriften.", "The row has more fields than the header."),
    "bad_quoting": Words("Anførselstegnene i rækken går ikke op.", "The quotes of the row do not match."),
    "key_empty": Words("Nøglen mangler.", "The key is empty."),
    "empty_required": Words("Et felt, der skal udfyldes, er tomt.", "A required field is empty."),
    "bad_id": Words("Et id består af andet end cifre.", "An id holds something else than digits."),
    "bad_cpr": Words(
        "CPR-nummeret mangler eller har ikke ti cifre.", "The CPR number is missing or does not have ten digits."
    ),
    "unknown_person": Words("CPR-nummeret er 0000000000 (ukendt person).", "The CPR number is 0000000000 (unknown)."),
    "bad_code": Words("Koden findes ikke i kodelisten.", "The code is not in the code list."),
    "code_not_in_force": Words(
        "Koden gjaldt ikke, da aftalen blev indgået, eller der er ingen aftale fra dens tid.",
        "The code was not in force when the agreement was made, or there is no agreement of its time.",
    ),
    "bad_date": Words("Datoen findes ikke eller er skrevet forkert.", "The date does not exist or is written wrongly."),
    "bad_time": Words("Klokkeslættet er ikke skrevet TT:MM.", "The time is not HH:MM."),
    "bad_number": Words("Tallet er ikke skrevet som aftalt.", "The number is not written as agreed."),
    "below_min": Words("Tallet er mindre end tilladt.", "The number is below the allowed minimum."),
    "above_max": Words("Tallet er større end tilladt.", "The number is above the allowed maximum."),
    "bad_text": Words("Teksten har ikke den aftalte form.", "The text does not have the agreed form."),
    "end_before_start": Words("Slutdatoen ligger før startdatoen.", "The end is before the start."),
    "key_twice": Words(
        "Nøglen forekommer før i samme fil; den første række er beholdt.",
        "The key occurred before in the member; the first row stays.",
    ),
    "reference": Words(
        "Rækken henviser til en række, der ikke findes eller selv er sat til side.",
        "The row refers to one that does not exist or is set aside itself.",
    ),
    "cpr_fails_mod11": Words("CPR-nummeret opfylder ikke modulus 11.", "The CPR number fails modulus 11."),
    "cpr_has_no_date": Words("CPR-nummeret begynder ikke med en dato.", "The CPR number does not begin with a date."),
    "koen_differs_from_cpr": Words(
        "Kønnet passer ikke med CPR-nummerets sidste ciffer.", "The sex differs from the CPR number's last digit."
    ),
    "alder_differs_from_cpr": Words(
        "Alderen afviger mere end et år fra CPR-nummeret.", "The age differs from the CPR number by more than a year."
    ),
    "foedselsdato_differs_from_cpr": Words(
        "Fødselsdatoen er en anden end den, CPR-nummeret begynder med.",
        "The birth date differs from the one the CPR number begins with.",
    ),
    "persons_changed": Words(
        "Antallet af personer er et andet end i leverancen før.",
        "The number of persons differs from the delivery before.",
    ),
    "weeks_end_early": Words(
        "Ugerne når ikke til udgangen af den måned, som filnavnet siger.",
        "The weeks do not reach the end of the month that the name says.",
    ),
    "weeks_begin_late": Words(
        "Ugerne begynder senere end i leverancen før.", "The weeks begin later than in the delivery before."
    ),
    "filled_weeks_changed": Words(
        "Andelen af uger med en ydelse er en anden end i leverancen før.",
        "The share of weeks with a benefit differs from the delivery before.",
    ),
    "unknown_codes": Words("Uger har koder, der ikke står i kodelisten.", "Weeks have codes outside the code list."),
    "benefit_group_changed": Words(
        "En ydelsesgruppe fylder mere eller mindre end i leverancen før.",
        "A group of benefits has another share than in the delivery before.",
    ),
    "persons_without_rows": Words(
        "Personer blev kendt, da filen ikke længere var gemt; deres rækker kommer med næste leverance.",
        "Persons became known when the file was not kept any more; their rows come with the next delivery.",
    ),
    "konto_unknown": Words("Kontoen findes ikke i kontoplanen.", "The account is not in the chart of accounts."),
    "transport_above_minutter": Words(
        "Transporttiden er længere end den samlede tid.", "Transport is longer than the whole entry."
    ),
}


class Refusal(NamedTuple):
    """Why a delivery was refused, and what to do about it."""

    cause: str
    danish: str
    english: str


#: by refusal code (errors.REFUSAL_CODES)
REFUSALS = {
    "sha_mismatch": Refusal(
        "Filens indhold passer ikke med kontrolsummen i .sha256-filen.",
        "Send filen og dens .sha256 igen; overførslen er sandsynligvis afbrudt.",
        "Have the file and its .sha256 sent again; or `mentor-dw accept` it with a reason.",
    ),
    "unreadable": Refusal(
        "Filen kan ikke læses; den er måske afkortet eller beskadiget.",
        "Dan filen igen, og send den.",
        "Have the file made and sent again.",
    ),
    "zip_path": Refusal(
        "Zip-filen indeholder en fil med en sti.",
        "Pak filerne uden mapper, og send igen.",
        "Have it packed without folders.",
    ),
    "zip_link": Refusal(
        "Zip-filen indeholder en genvej i stedet for en fil.",
        "Pak filerne selv, ikke genveje til dem.",
        "Have the files packed, not links to them.",
    ),
    "zip_ratio": Refusal(
        "En fil i zip-filen fylder urimeligt meget udpakket.",
        "Kontrollér, hvad der er pakket, og send igen.",
        "Have the content checked and sent again.",
    ),
    "member_missing": Refusal(
        "En fil mangler i leverancen.", "Dan leverancen med alle filer, og send igen.", "Have all members sent."
    ),
    "column_missing": Refusal(
        "En kolonne mangler.", "Dan leverancen med alle kolonner, og send igen.", "Have all columns sent."
    ),
    "duplicate_column": Refusal(
        "En kolonne forekommer to gange.", "Dan leverancen med hver kolonne én gang.", "Have each column sent once."
    ),
    "wrong_encoding": Refusal(
        "En fil er ikke skrevet i det aftalte tegnsæt.",
        "Gem filerne i det aftalte tegnsæt, og send igen.",
        "Have it sent in the agreed encoding.",
    ),
    "empty_file": Refusal(
        "Leverancen eller en fil i den er tom.",
        "Dan leverancen igen, og send den.",
        "Have the delivery made again; a file is empty.",
    ),
    "too_few_rows": Refusal(
        "Leverancen har langt færre rækker end den foregående.",
        "Kontrollér, om udtrækket er fuldstændigt. Er det rigtigt, så giv os besked.",
        "Ask the owner whether it is complete; if so, `mentor-dw accept` it with a reason.",
    ),
    "too_many_bad_rows": Refusal(
        "For mange rækker i en fil har fejl.",
        "Ret de rækker, der er nævnt, og send igen.",
        "Look at `mentor-dw quarantine` for the delivery; have it mended, or `mentor-dw accept` it with a reason.",
    ),
    "withdrawn_before": Refusal(
        "Leverancen er tidligere trukket tilbage.",
        "Send en rettet leverance.",
        "The same content was withdrawn; `mentor-dw accept` takes it in again, with a reason.",
    ),
    "week_gap": Refusal(
        "En eller flere ugekolonner mangler.", "Dan leverancen med alle uger, og send igen.", "Have all weeks sent."
    ),
}


def rule_words(rule: str) -> Words:
    """The words for `rule`; a rule nobody has described is shown by its name."""
    return RULES.get(rule, Words(rule, rule))
