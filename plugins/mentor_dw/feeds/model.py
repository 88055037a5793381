"""What a feed file may say: the one description of a source, checked when it is read.

`expectations/<source>/feed.yml` follows this model. Reader, landing and raw tables, the GX suite, dbt sources and the
data dictionary are all derived from it.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
MemberName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.csv$", max_length=40)]

#: Columns of a landing or raw table that are not fields of the source (landing/tables.py).
RESERVED = frozenset({"delivery_id", "line_number", "problem"})


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        raise ValueError("not a regular expression") from None


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reference(_Strict):
    """The field of another member that a value must be found in."""

    member: str
    field: Name


class FieldSpec(_Strict):
    """One column of a member.

    `type` decides the column's type in `raw` and the rule a value must pass:

    - `id`: digits; `code`: a value of `code_list`; `text`: any text, CPR numbers masked
    - `date`, `time`: in the feed's format; `month`: YYYY-MM, its first day in `raw`
    - `integer`: whole number, `decimal`: exact number with the feed's decimal mark; both within `min` and `max`
    - `filled`: free text that is reduced to ja or nej (filled or empty) while reading (rules.md V14)
    - `cpr`: replaced by `person_key` while reading; the number itself never reaches the database outside `vault`
    """

    name: Name
    type: Literal["id", "cpr", "code", "text", "date", "time", "month", "integer", "decimal", "filled"]
    description: str = Field(min_length=3)
    may_be_empty: bool = False
    #: the member of the dimension that an empty value stands for; such values are counted per delivery
    empty_means: Literal["uoplyst"] | None = None
    personal: bool = False
    #: in Danish, what the field tells that is a special category or an offence (GDPR art. 9, 10; rules.md V4)
    special_category: str | None = Field(None, min_length=3)
    code_list: Name | None = None
    pattern: str | None = None
    min: int | None = None
    max: int | None = None
    not_before: Name | None = None
    references: Reference | None = None
    #: ids of nine digits and more are usual here. Elsewhere an id that spells a possible CPR number is taken for one
    #: and its row set aside; here only the numbers of persons whom the vault knows are
    long_ids: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> FieldSpec:
        if (self.type == "code") != (self.code_list is not None):
            raise ValueError(f"{self.name}: a code field, and only a code field, names its code_list")
        if (self.min is not None or self.max is not None) and self.type not in ("integer", "decimal"):
            raise ValueError(f"{self.name}: min and max belong to numbers")
        if self.not_before is not None and self.type != "date":
            raise ValueError(f"{self.name}: not_before belongs to dates")
        if self.pattern is not None:
            _compiled(self.pattern)
            if self.type != "text":
                raise ValueError(f"{self.name}: pattern belongs to text")
        if self.long_ids and self.type != "id":
            raise ValueError(f"{self.name}: long_ids belongs to ids")
        if self.empty_means and not self.may_be_empty:
            raise ValueError(f"{self.name}: empty_means needs may_be_empty")
        if self.type in ("cpr", "filled") and not self.personal:
            raise ValueError(f"{self.name}: a CPR number or a free text is personal")
        if self.type == "filled" and not self.may_be_empty:
            raise ValueError(f"{self.name}: whether a text is filled is what is kept of it, so it may be empty")
        if self.type == "cpr" and self.may_be_empty:
            raise ValueError(f"{self.name}: a CPR number is never optional")
        if self.name in RESERVED or self.name.startswith("person_"):
            raise ValueError(f"{self.name}: the name is taken by a column of our own")
        return self


class MemberSpec(_Strict):
    """One file inside a delivery."""

    description: str = Field(min_length=3)
    key: list[Name] = Field(min_length=1)
    fields: list[FieldSpec] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> MemberSpec:
        names = [field.name for field in self.fields]
        if len(names) != len(set(names)):
            raise ValueError("a field name occurs twice")
        if sum(field.type == "cpr" for field in self.fields) > 1:
            raise ValueError("a member holds one CPR number at most")
        for field in self.fields:
            if field.not_before is not None and field.not_before not in names:
                raise ValueError(f"{field.name}: not_before names an unknown field")
        unknown = set(self.key) - set(names)
        if unknown:
            raise ValueError(f"key names unknown fields: {', '.join(sorted(unknown))}")
        return self

    @property
    def cpr_field(self) -> FieldSpec | None:
        """The field that holds the CPR number, if the member has one."""
        return next((field for field in self.fields if field.type == "cpr"), None)

    def field(self, name: str) -> FieldSpec:
        """The field called `name`; KeyError when there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


class SeriesSpec(_Strict):
    """Columns of a wide file that say the same of one week, month or year after the other.

    A column is called `prefix` and then YYWW (week: ISO week, years 91..99 are 19xx, the rest 20xx), YYYY_MM (month)
    or YY (year). A cell is empty or has so many digits; a `decimal` cell is a number with the feed's decimal mark.
    """

    name: Name
    prefix: str = Field(pattern=r"^[a-z]+_?$")
    by: Literal["week", "month", "year"]
    digits: int | None = Field(None, ge=1, le=9)
    decimal: bool = False
    #: a delivery without any such column is refused
    required: bool = False
    #: cells are checked, but nothing of them is kept: nobody needs them (minimisation, rules.md V13)
    kept: bool = True
    special_category: str | None = Field(None, min_length=3)
    #: values outside the list are kept and counted as drift
    code_list: Name | None = None
    description: str = Field(min_length=3)

    @model_validator(mode="after")
    def _consistent(self) -> SeriesSpec:
        if self.decimal == (self.digits is not None):
            raise ValueError(f"{self.name}: a cell has a number of digits or is decimal")
        return self


class WideSpec(_Strict):
    """The one file of a wide delivery: one row per person, fixed fields and series of columns."""

    description: str = Field(min_length=3)
    fields: list[FieldSpec] = Field(min_length=1)
    series: list[SeriesSpec] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> WideSpec:
        names = [field.name for field in self.fields]
        if len(names) != len(set(names)) or len({one.prefix for one in self.series}) != len(self.series):
            raise ValueError("a field or a series occurs twice")
        if self.fields[0].type != "cpr" or sum(field.type == "cpr" for field in self.fields) != 1:
            raise ValueError("the first field of a wide file, and no other, is the CPR number")
        return self


class FileSpec(_Strict):
    """What a delivery is called and how it is packed.

    `zip` holds the members; `wide` is one text file, plain or packed by gzip or zstd as its name says.
    """

    pattern: str
    #: the name in words, such as webreg_YYYY-MM-DD.zip
    shown: str
    covers: Literal["day", "month"]
    container: Literal["zip", "wide"]

    @field_validator("pattern")
    @classmethod
    def _has_covers(cls, value: str) -> str:
        if "covers" not in _compiled(value).groupindex:
            raise ValueError("the file name pattern needs a group called covers")
        return value


class TextSpec(_Strict):
    """How the members are written. `date_format` and `time_format` are strptime formats."""

    encoding: Literal["utf-8", "cp1252", "ascii"]
    delimiter: str = Field(min_length=1, max_length=1)
    quote: str = Field('"', min_length=1, max_length=1)
    date_format: Literal["%Y-%m-%d", "%d-%m-%Y"]
    time_format: Literal["%H:%M"] = "%H:%M"
    decimal_mark: Literal[",", "."] = ","


class Owner(_Strict):
    """Who answers for the source and gets the report."""

    name: str
    email: str
    legal_basis: str = Field(min_length=10)


class Rhythm(_Strict):
    """How often a delivery is expected; later than that it is shown as missing."""

    every: Literal["day", "week", "month"]
    late_after_days: int = Field(ge=1)


class Limits(_Strict):
    """When a delivery as a whole is refused for its rows."""

    refuse_above_bad_pct: float = Field(2.0, ge=0, le=100)
    refuse_below_share_of_previous: float = Field(0.5, ge=0, le=1)


class Feed(_Strict):
    """One source."""

    source: Name
    title: str
    description: str
    owner: Owner
    file: FileSpec
    text: TextSpec
    expected: Rhythm
    limits: Limits = Limits()
    #: a mentor source: the persons it knows are those whom other sources may keep (rules.md V13)
    gives_purpose: bool = False
    members: dict[MemberName, MemberSpec] = {}
    wide: WideSpec | None = None

    @model_validator(mode="after")
    def _references_exist(self) -> Feed:
        if bool(self.members) == (self.wide is not None) or (self.wide is not None) != (self.file.container == "wide"):
            raise ValueError("a zip delivery has members, a wide one has the one file `wide`")
        if self.wide is not None and self.gives_purpose:
            raise ValueError("a wide register gives nobody a purpose")
        for member_name, member in self.members.items():
            for field in member.fields:
                if field.references is None:
                    continue
                target = self.members.get(field.references.member)
                if target is None or target.key != [field.references.field]:
                    raise ValueError(f"{member_name}.{field.name}: refers to what is not another member's key")
                if (field.type == "cpr") != (target.cpr_field is not None and target.key == [target.cpr_field.name]):
                    raise ValueError(f"{member_name}.{field.name}: only a CPR number refers to a CPR number")
            own = [f.name for f in member.fields if f.references is not None and f.references.member == member_name]
            if len(own) > 1:
                raise ValueError(f"{member_name}: refers to itself by more than one field: {', '.join(own)}")
        self.members_in_order()
        return self

    @property
    def row_members(self) -> list[str]:
        """What rows of a delivery belong to, in the feed's order: its members, or '', the file of a wide one."""
        return list(self.members) or [""]

    def members_in_order(self) -> list[str]:
        """Member names so that a member comes after all others it refers to. ValueError on a circle."""
        done: list[str] = []
        waiting = dict(self.members)
        while waiting:
            ready = [
                name
                for name, member in waiting.items()
                if all(f.references is None or f.references.member in (name, *done) for f in member.fields)
            ]
            if not ready:
                raise ValueError(f"references go in a circle: {', '.join(sorted(waiting))}")
            for name in ready:
                done.append(name)
                del waiting[name]
        return done


def table_name(source: str, member: str) -> str:
    """The table of a member in `landing` and `raw`: `webreg__borgere` for `borgere.csv`."""
    return f"{source}__{member.removesuffix('.csv')}"
