"""What a table of an extract may say: its dimensions, measures or fields of persons, checked when it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Text = Annotated[str, Field(min_length=3)]
Code = Annotated[str, Field(min_length=1)]
ModelName = Annotated[str, Field(pattern=r"^ext_[a-z0-9]+__[a-z0-9_]+_v[0-9]+$", max_length=60)]

#: Columns of a told table that are not of the specification: whether something of the row is hidden, and, person by
#: person, which of the person's rows it is.
HIDDEN = "skjult"
ROW_NUMBER = "raekke"
#: Kinds of measures that add up over codes; the others follow from them.
ADDITIVE = frozenset({"persons", "rows", "amount"})


def twice(names: Iterable[str]) -> list[str]:
    """Names that occur more than once, sorted."""
    return sorted(name for name, times in Counter(names).items() if times > 1)


class Strict(BaseModel):
    """A part of a specification: nothing unknown in it, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Dimension(Strict):
    """A column of codes that a table is broken down by.

    `codes`: the seed or dimension that holds the code list (`kode`, `label_da`, `sortering`). `above`: the column of
    the model with the code one level up (kommune below region), told as a column before this one and as rows of its
    own, where this one says the total. `sensitive`: everybody in one cell of it is a disclosure (rules.md V11).
    """

    name: Name
    column: Name
    title: Text
    description: Text
    codes: Name | None = None
    above: Name | None = None
    above_title: Text | None = None
    above_codes: Name | None = None
    sensitive: bool = False

    @model_validator(mode="after")
    def _a_level_above_has_its_title(self) -> Dimension:
        if (self.above is None) != (self.above_title is None) or (self.above is None and self.above_codes):
            raise ValueError(f"{self.name}: above has an above_title, and above_title or above_codes have an above")
        return self

    @property
    def told_columns(self) -> tuple[str, ...]:
        """The columns of the told table, the level above first."""
        return (self.name,) if self.above is None else (self.above, self.name)


class Measure(Strict):
    """A number of a table.

    `persons`: different persons (in a table where a person has one row); `rows`: rows, such as forløb; `amount`: the
    sum of `column`; `share`: of `of` in the total over dimension `over`, in percent; `mean`: `of` divided by `by`;
    `follows`: the sum of `column`, which whoever knows `of` can work out (refusion by its rate), so it is told where
    `of` is, and hidden with it.
    """

    name: Name
    title: Text
    description: Text
    kind: Literal["persons", "rows", "amount", "share", "mean", "follows"]
    column: Name | None = None
    of: Name | None = None
    over: Name | None = None
    by: Name | None = None
    unit: str | None = None
    decimals: int = Field(0, ge=0, le=4)

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Measure:
        needed = {
            "amount": {"column"},
            "share": {"of", "over"},
            "mean": {"of", "by"},
            "follows": {"column", "of"},
        }.get(self.kind, set())
        given = {name for name in ("column", "of", "over", "by") if getattr(self, name) is not None}
        if given != needed:
            raise ValueError(
                f"{self.name}: a measure of kind {self.kind} has {sorted(needed) or 'none of column, of, over, by'}"
            )
        return self


class CarriesOver(Strict):
    """What is there when a period ends is there when the next begins, so whoever has both may subtract.

    Rows with code `leaves` of `dimension` (of the level above it, where there is one) in a period are the rows with a
    code of `enters` in the next one; also of one code of any dimensions `unchanged`, those that never change for a row.
    """

    dimension: Name
    leaves: Code
    enters: Annotated[tuple[Code, ...], Field(min_length=1)]
    unchanged: tuple[Name, ...] = ()


class PersonField(Strict):
    """A column of a person-level table. `pseudonym`: the receiver's name for the person, made of person_key.

    There is no type for a day: months and years are the finest dates that are told.
    """

    name: Name
    column: Name
    title: Text
    description: Text
    type: Literal["pseudonym", "code", "text", "integer", "decimal", "month", "year"]
    codes: Name | None = None
    decimals: int | None = None
    quasi: bool = Field(False, description="tells who somebody is, together with others: counted for k-anonymity")

    @model_validator(mode="after")
    def _tells_no_key(self) -> PersonField:
        if self.type == "pseudonym":
            if self.column != "person_key" or self.name == "person_key" or self.quasi:
                raise ValueError(
                    f"{self.name}: a pseudonym is made of column person_key, under another name, and not quasi"
                )
        elif self.column.endswith("_key") or self.name.endswith("_key"):
            raise ValueError(f"{self.name}: keys of the warehouse are not given away; use a field of type pseudonym")
        if (self.codes is not None) != (self.type == "code"):
            raise ValueError(f"{self.name}: a field of type code, and only that, names its codes")
        if (self.decimals is not None) != (self.type == "decimal"):
            raise ValueError(f"{self.name}: a field of type decimal, and only that, says its decimals")
        return self


class TableSpec(Strict):
    """A table of the delivery, made of rows of one model that carry the period. Counted, or person by person.

    The model has a row per contribution: `periode` (text: 2016-03, 2016K1 or 2016), `person_key`, and where they are
    protected too `mentor_key` and `virksomhed_key`. `where` chooses rows by codes. `combinations`: which sets of
    dimensions are broken down together, all their margins included; without it, all dimensions together.
    `adds_up_over_time`: the numbers of a quarter are the sum of its months', so an attacker may subtract periods.
    `carries_over`: so may one who knows what goes on from one period to the next.
    """

    name: Name
    title: Text
    description: Text
    model: ModelName
    where: dict[Name, Code] = {}
    dimensions: tuple[Dimension, ...] = ()
    combinations: tuple[tuple[Name, ...], ...] = ()
    measures: tuple[Measure, ...] = ()
    fields: tuple[PersonField, ...] = ()
    adds_up_over_time: bool = False
    carries_over: CarriesOver | None = None

    @model_validator(mode="after")
    def _names_are_one_thing_each(self) -> TableSpec:
        told = [column for one in self.dimensions for column in one.told_columns]
        told += [one.name for one in (*self.measures, *self.fields)]
        told.append(ROW_NUMBER if self.fields else HIDDEN)
        if doubled := twice(told):
            raise ValueError(f"{self.name}: a column of the told table is named twice: {', '.join(doubled)}")
        if doubled := twice(one.column for one in self.dimensions):
            raise ValueError(f"{self.name}: two dimensions are of the same column: {', '.join(doubled)}")
        if both := sorted(self.where.keys() & {one.column for one in self.dimensions}):
            raise ValueError(f"{self.name}: where leaves one code of a dimension: {', '.join(both)}")
        return self

    @model_validator(mode="after")
    def _combinations_are_of_its_dimensions(self) -> TableSpec:
        names = {one.name for one in self.dimensions}
        for combination in self.combinations:
            if unknown := [name for name in combination if name not in names]:
                raise ValueError(f"{self.name}: combinations name unknown dimensions: {', '.join(unknown)}")
            if doubled := twice(combination):
                raise ValueError(f"{self.name}: a combination names a dimension twice: {', '.join(doubled)}")
        if self.combinations and (unused := sorted(names - {name for one in self.combinations for name in one})):
            raise ValueError(f"{self.name}: dimensions stand in no combination: {', '.join(unused)}")
        return self

    @model_validator(mode="after")
    def _measures_follow_from_measures(self) -> TableSpec:
        additive = {one.name for one in self.measures if one.kind in ADDITIVE}
        dimensions = {one.name for one in self.dimensions}
        for measure in self.measures:
            for named in (measure.of, measure.by):
                if named is not None and named not in additive:
                    raise ValueError(
                        f"{self.name}.{measure.name}: {named} is no measure of kind {', '.join(sorted(ADDITIVE))} here"
                    )
            if measure.over is not None and measure.over not in dimensions:
                raise ValueError(f"{self.name}.{measure.name}: over names an unknown dimension: {measure.over}")
        if {"persons", "rows"} <= {one.kind for one in self.measures}:
            raise ValueError(
                f"{self.name}: persons are counted where each has one row, so rows would be the same number again"
            )
        return self

    @model_validator(mode="after")
    def _what_carries_over_is_of_its_dimensions(self) -> TableSpec:
        if self.carries_over is not None:
            named = [self.carries_over.dimension, *self.carries_over.unchanged]
            if unknown := sorted(set(named) - {one.name for one in self.dimensions}):
                raise ValueError(f"{self.name}: carries_over names unknown dimensions: {', '.join(unknown)}")
            if doubled := twice(named):
                raise ValueError(f"{self.name}: carries_over names a dimension twice: {', '.join(doubled)}")
        return self

    def columns_read(self) -> dict[str, str]:
        """The columns of the model that the table is made of, and what each is for, in words."""
        read = {"periode": "the period"}
        read |= {column: "where" for column in self.where}
        for one in self.dimensions:
            read[one.column] = f"dimension {one.name}"
            if one.above is not None:
                read[one.above] = f"the level above {one.name}"
        read |= {one.column: f"measure {one.name}" for one in self.measures if one.column is not None}
        if any(one.kind == "persons" for one in self.measures):
            read["person_key"] = "measure of persons"
        read |= {one.column: f"field {one.name}" for one in self.fields}
        return read
