"""What a specification of an extract may say, checked when it is read: `extracts/<name>.yml` follows this model.

From it come the DAG, the tables and the files, the schema, the page of the data dictionary and the følgebrev. Texts for
the receiver are Danish.
"""

from __future__ import annotations

from decimal import Decimal
from string import Formatter
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from mentor_dw.delivery.specification.table import (
    ADDITIVE,
    HIDDEN,
    ROW_NUMBER,
    CarriesOver,
    Dimension,
    Measure,
    Name,
    PersonField,
    Strict,
    TableSpec,
    Text,
    twice,
)

__all__ = [
    "ADDITIVE",
    "HIDDEN",
    "ROW_NUMBER",
    "THRESHOLD",
    "CarriesOver",
    "Contact",
    "Deadline",
    "Dimension",
    "Disclosure",
    "LegalBasis",
    "Measure",
    "PersonField",
    "Receiver",
    "Specification",
    "TableSpec",
]

#: The default of the house (rules.md V6). Below it only with the paragraph that allows it.
THRESHOLD = 5
#: What a file name is filled in with, each once.
_FILE_NAME_PARTS = {"name", "period", "sequence"}


class LegalBasis(Strict):
    """Where it stands that this may be given to this receiver."""

    paragraph: Text
    text: Text


class Contact(Strict):
    """Whom the receiver asks."""

    name: Text
    mail: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    phone: str | None = None


class Deadline(Strict):
    """The promise: by the end of the `working_day`-th Danish working day after the period ended it is delivered.

    `months_after` counts that day from the first of a later month (1: of the month after the period). The package is
    made `ready_days` working days before, so that the data owner can look and release.
    """

    working_day: int = Field(ge=1, le=20)
    months_after: int = Field(1, ge=1, le=24)
    ready_days: int = Field(3, ge=1, le=10)
    receipt_days: int = Field(2, ge=1, le=20, description="working days after sending within which a receipt is due")

    @model_validator(mode="after")
    def _is_made_after_the_period(self) -> Deadline:
        if self.months_after == 1 and self.ready_days >= self.working_day:
            raise ValueError(
                f"ready_days {self.ready_days} before working day {self.working_day} is before the period has ended; "
                "ready_days must be less than working_day"
            )
        return self


class Disclosure(Strict):
    """How the numbers are protected (rules.md V6-V11)."""

    method: Literal["suppress", "round"] = "suppress"
    threshold: int = Field(THRESHOLD, ge=0)
    threshold_basis: Text | None = None
    base: int = Field(5, ge=2)
    dominance_share: Decimal = Field(Decimal("0.85"), gt=0, le=1)
    dominance_contributors: int = Field(5, ge=2)
    k: int | None = Field(None, ge=2, description="k-anonymity of a person-level extract")

    @model_validator(mode="after")
    def _a_lower_threshold_has_its_paragraph(self) -> Disclosure:
        if self.threshold < THRESHOLD and self.threshold_basis is None:
            raise ValueError(f"a threshold below {THRESHOLD} needs threshold_basis: the paragraph that allows it")
        return self


class Specification(Strict):
    """An extract: a promise to a named receiver. `definitions` names the version of the definitions it keeps to."""

    name: Name
    title: Text
    receiver: Name
    purpose: Text
    legal_basis: LegalBasis
    contact: Contact
    cadence: Literal["month", "quarter", "year"]
    deadline: Deadline
    definitions: Text
    level: Literal["counts", "persons"]
    disclosure: Disclosure
    tables: Annotated[tuple[TableSpec, ...], Field(min_length=1)]
    formats: tuple[Literal["csv", "sup", "parquet", "xlsx"], ...] = ("csv", "xlsx")
    encoding: Literal["utf-8", "iso-8859-1"] = "utf-8"
    file_name: str = "{name}_{period}_{sequence:03d}"
    area: Name | None = Field(None, description="the column with the municipality, so that missing ones can be named")
    known_gaps: tuple[Text, ...] = ()
    retention_days: int = Field(1825, ge=1, description="packages are kept here so long, encrypted to the archive key")

    @field_validator("file_name")
    @classmethod
    def _file_name_is_one_of_each_version(cls, value: str) -> str:
        try:
            parts = [name for _, name, _, _ in Formatter().parse(value) if name is not None]
            filled = value.format(name="navn", period="2016K1", sequence=1)
        except (ValueError, KeyError, IndexError) as error:
            raise ValueError(f"is filled in with {', '.join(sorted(_FILE_NAME_PARTS))}; not so: {error}") from None
        if set(parts) != _FILE_NAME_PARTS or not all(letter.isalnum() or letter in "_-" for letter in filled):
            raise ValueError(
                "needs {name}, {period} and {sequence}, and beside them letters, digits, _ and -: "
                "every version has a name of its own that any server takes"
            )
        return value

    @field_validator("formats")
    @classmethod
    def _formats_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or twice(value):
            raise ValueError("names at least one format, each once")
        return value

    @model_validator(mode="after")
    def _tables_are_of_its_level(self) -> Specification:
        if doubled := twice(table.name for table in self.tables):
            raise ValueError(f"two tables have the name {', '.join(doubled)}")
        if self.level == "persons":
            self._person_tables()
        else:
            self._count_tables()
        for table in self.tables:
            receiver = table.model.removeprefix("ext_").split("__")[0]
            if receiver != self.receiver:
                raise ValueError(f"{table.name}: model {table.model} is made for {receiver}, not for {self.receiver}")
        return self

    def _person_tables(self) -> None:
        if self.disclosure.k is None:
            raise ValueError("an extract of level persons says its k: disclosure.k")
        if len(self.tables) > 1:
            raise ValueError("an extract of level persons has one table: of two that are joined, k would not hold")
        table = self.tables[0]
        if table.dimensions or table.measures or table.combinations or table.adds_up_over_time or table.carries_over:
            raise ValueError(f"{table.name}: a table of level persons has fields, and no dimensions or measures")
        if sum(field.type == "pseudonym" for field in table.fields) != 1:
            raise ValueError(f"{table.name}: a table of level persons has one field of type pseudonym")
        if not any(field.quasi for field in table.fields):
            raise ValueError(f"{table.name}: no field is marked quasi, so k would promise nothing")

    def _count_tables(self) -> None:
        if self.disclosure.k is not None:
            raise ValueError("disclosure.k belongs to an extract of level persons")
        summed = {
            kind: {(table.model, one.column) for table in self.tables for one in table.measures if one.kind == kind}
            for kind in ("amount", "follows")
        }
        if both := sorted(f"{model}.{column}" for model, column in summed["amount"] & summed["follows"]):
            raise ValueError(
                f"{', '.join(both)} follows in one table and is an amount in another; it is one or the other"
            )
        for table in self.tables:
            if table.fields:
                raise ValueError(f"{table.name}: fields of persons in an extract of level counts")
            if not table.dimensions:
                raise ValueError(f"{table.name}: no dimension to break the numbers down by")
            if not any(measure.kind in ADDITIVE for measure in table.measures):
                raise ValueError(f"{table.name}: no measure of kind {', '.join(sorted(ADDITIVE))}")


class Receiver(Strict):
    """Who gets extracts: `extracts/receivers/<name>.yml`. Nothing secret, and nothing of one installation."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*$", max_length=20)]
    title: Text
    address: Annotated[tuple[Text, ...], Field(min_length=1)]
    contact: Contact
    purpose_of_receiver: Text
