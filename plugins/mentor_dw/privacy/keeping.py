"""How long anything is kept: one rule for each place in the database and each folder of the home.

The numbers of days are settings; docs/retention.md says why they are what they are. `retention.py` carries the rules
out, the access report tells them, and the tests fail for a place that no rule names.
"""

from __future__ import annotations

from dataclasses import dataclass

from mentor_dw.config import Settings


@dataclass(frozen=True)
class Keeping:
    """The rule of one place. `place`: a schema or table, or a folder or file of the home with a slash before it.

    `setting`: the field of Settings that says how many days, or None where an event ends it. `english` and `danish`
    say what the days are counted from, or which event it is.
    """

    place: str
    setting: str | None
    english: str
    danish: str

    def days(self, settings: Settings) -> int | None:
        """The days of this installation; None where an event ends it."""
        return None if self.setting is None else getattr(settings, self.setting)


KEEPING: tuple[Keeping, ...] = (
    Keeping("vault", None, "until no row is of the person", "indtil der ikke er flere rækker om personen"),
    Keeping("landing", None, "until the verdict on the delivery", "indtil leverancen er bedømt"),
    Keeping(
        "raw",
        "raw_days",
        "after the delivery was overtaken or withdrawn; what counts stays",
        "efter at leverancen er afløst eller trukket tilbage; den gældende bliver",
    ),
    Keeping(
        "raw of unknown persons",
        "dream_unknown_days",
        "after the verdict, when no mentor source knows the person",
        "efter modtagelsen, når ingen mentorkilde kender personen",
    ),
    Keeping("work", None, "until the next build", "indtil næste opbygning"),
    Keeping("bi", None, "as long as its rows in raw count", "så længe rækkerne bag gælder"),
    Keeping("extracts", None, "views, which hold nothing themselves", "visninger, som intet rummer selv"),
    Keeping("schemas of past states", None, "30 days after they were made", "30 dage efter dannelsen"),
    Keeping("ops.quarantined_row", "quarantine_days", "after the verdict", "efter at leverancen er bedømt"),
    Keeping("ops.validation", "validation_days", "after the verdict", "efter at leverancen er bedømt"),
    Keeping("ops.access_log", "access_days", "after the read", "efter opslaget"),
    Keeping("ops", None, "ledgers and published figures stay", "regnskaber og offentliggjorte tal bevares"),
    Keeping("/inbox", None, "until the file is taken", "indtil filen er modtaget"),
    Keeping("/archive", "archive_days", "after the verdict, encrypted", "efter bedømmelsen, krypteret"),
    Keeping("/refused", "refused_days", "after the refusal", "efter afvisningen"),
    Keeping(
        "/outbox",
        None,
        "until the kvittering; our copy, encrypted, for the days of its specification; a trial 30 days",
        "indtil kvitteringen; vores kopi, krypteret, det antal dage udtrækkets specifikation siger; en prøve 30 dage",
    ),
    Keeping("/subject_reports", "subject_report_days", "after the answer was made", "efter at svaret er dannet"),
    Keeping("/reports", "report_days", "after it was written", "efter at den er skrevet"),
    Keeping("/data_docs", "report_days", "after they were written", "efter at de er skrevet"),
    Keeping("/logs", "log_days", "after the last line", "efter sidste linje"),
    Keeping("/metrics", None, "counts, until the next look over the house", "antal, indtil næste gennemsyn"),
    Keeping("/dbt", None, "until the next build", "indtil næste opbygning"),
    Keeping("/postgres", None, "the database itself, by the rules above", "selve databasen, efter reglerne ovenfor"),
    Keeping("/secrets", None, "keys and passwords, until they are rotated", "nøgler, indtil de udskiftes"),
    Keeping("/airflow", None, "settings of Airflow, no data", "Airflows indstillinger, ingen data"),
    Keeping("/compiled", None, "programs, no data", "programmer, ingen data"),
    Keeping("/sample", None, "made-up people only", "kun opdigtede personer"),
    Keeping("/installation.json", None, "ports, no data", "porte, ingen data"),
    Keeping("/postgres_location", None, "a path, no data", "en sti, ingen data"),
    Keeping("/restore_unfinished", None, "until the restore is done", "indtil gendannelsen er færdig"),
    Keeping("/.lock", None, "empty", "tom"),
    Keeping("/.users.lock", None, "empty", "tom"),
)


def rule_of(place: str) -> Keeping | None:
    """The rule of a place: its own one, or for a table that of its schema."""
    by_place = {one.place: one for one in KEEPING}
    return by_place.get(place) or by_place.get(place.split(".")[0])


def folders_without_rule(settings: Settings) -> list[str]:
    """What lies directly in the home and no rule names."""
    return sorted(path.name for path in settings.home.iterdir() if rule_of(f"/{path.name}") is None)
