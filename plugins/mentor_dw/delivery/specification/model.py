"""What a specification of an extract may say, checked when it is read: `extracts/<name>.yml` follows this model.

From it come the DAG, the tables and the files, the schema, the page of the data dictionary and the følgebrev. Texts for
the receiver are Danish.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Text = Annotated[str, Field(min_length=3)]
ModelName = Annotated[str, Field(pattern=r"^ext_[a-z0-9]+__[a-z0-9_]+_v[0-9]+$", max_length=60)]

#: The default of the house (rules.md V6). Below it only with the paragraph that allows it.
THRESHOLD = 5


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LegalBasis(_Strict):
    """Where it stands that this may be given to this receiver."""

    paragraph: Text
    text: Text


class Contact(_Strict):
    """Whom the receiver asks."""

    name: Text
    mail: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    phone: str | None = None


class Deadline(_Strict):
    """The promise: by the end of the `working_day`-th Danish working day after the period ended it is delivered.

    `months_after` counts that day from the first of a later month (1: of the month after the period). The package is
    made `ready_days` working days before, so that the data owner can look and release.
    """

    working_day: int = Field(ge=1, le=20)
    months_after: int = Field(1, ge=1, le=24)
    ready_days: int = Field(3, ge=1, le=10)
    receipt_days: int = Field(2, ge=1, le=20, description="working days after sending within which a receipt is due")


class Disclosure(_Strict):
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


class Dimension(_Strict):
    """A column of codes that a table is broken down by.

    `codes`: the seed or dimension that holds the code list (`kode`, `label_da`, `sortering`). `above`: the column of
    the model with the code one level up (kommune below region), told as rows of its own. `sensitive`: everybody in one
    cell of it is a disclosure (rules.md V11).
    """

    name: Name
    column: Name
    title: Text
    description: Text
    codes: Name | None = None
    above: Name | None = None
    sensitive: bool = False


class Measure(_Strict):
    """A number of a table.

    `persons`: different persons (in a table where a person has one row); `rows`: rows, such as forløb; `amount`: the
    sum of `column`; `share`: of `of` in the total over dimension `over`, in percent; `mean`: `of` divided by `by`.
    """

    name: Name
    title: Text
    description: Text
    kind: Literal["persons", "rows", "amount", "share", "mean"]
    column: Name | None = None
    of: Name | None = None
    over: Name | None = None
    by: Name | None = None
    unit: str | None = None
    decimals: int = Field(0, ge=0, le=4)

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Measure:
        needed = {"amount": {"column"}, "share": {"of", "over"}, "mean": {"of", "by"}}.get(self.kind, set())
        given = {name for name in ("column", "of", "over", "by") if getattr(self, name) is not None}
        if given != needed:
            raise ValueError(
                f"{self.name}: a measure of kind {self.kind} has {sorted(needed) or 'none of column, of, over, by'}"
            )
        return self


class PersonField(_Strict):
    """A column of a person-level table. `pseudonym`: the receiver's name for the person, made of person_key."""

    name: Name
    column: Name
    title: Text
    description: Text
    type: Literal["pseudonym", "code", "text", "integer", "decimal", "month", "year"]
    codes: Name | None = None
    decimals: int | None = None
    quasi: bool = Field(False, description="tells who somebody is, together with others: counted for k-anonymity")


class TableSpec(_Strict):
    """A table of the delivery, made of rows of one model that carry the period. Counted, or person by person.

    The model has a row per contribution: `periode` (text: 2016-03, 2016K1 or 2016), `person_key`, and where they are
    protected too `mentor_key` and `virksomhed_key`. `where` chooses rows by codes. `combinations`: which sets of
    dimensions are broken down together, all their margins included; without it, all dimensions together.
    `adds_up_over_time`: the numbers of a quarter are the sum of its months', so an attacker may subtract periods.
    """

    name: Name
    title: Text
    description: Text
    model: ModelName
    where: dict[Name, str] = {}
    dimensions: tuple[Dimension, ...] = ()
    combinations: tuple[tuple[Name, ...], ...] = ()
    measures: tuple[Measure, ...] = ()
    fields: tuple[PersonField, ...] = ()
    adds_up_over_time: bool = False


class Specification(_Strict):
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
