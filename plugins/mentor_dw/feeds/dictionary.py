"""The data dictionary of a source, for people: what the feed says, as Markdown."""

from __future__ import annotations

from mentor_dw.feeds import Feed, FieldSpec, MemberSpec, SeriesSpec, WideSpec, code_list, table_name

#: What a field holds, by its type.
TYPES = {
    "id": "id (cifre)",
    "cpr": "CPR-nummer",
    "code": "kode",
    "text": "tekst",
    "date": "dato",
    "time": "klokkeslæt",
    "integer": "helt tal",
    "month": "måned (ÅÅÅÅ-MM)",
    "decimal": "decimaltal",
    "filled": "fritekst, kun om den er udfyldt",
}
_FORMATS = {"%Y-%m-%d": "ÅÅÅÅ-MM-DD", "%d-%m-%Y": "DD-MM-ÅÅÅÅ", "%H:%M": "TT:MM"}
_BY = {"week": "ISO-uge (week)", "month": "måned (month)", "year": "år (year)"}
_COLUMN = {"week": "ÅÅUU", "month": "ÅÅÅÅ_MM", "year": "ÅÅ"}
_COVERS = {"day": "a day (en dag)", "month": "a month (en måned)"}


def markdown(feed: Feed) -> str:
    """The dictionary of one source: delivery, members, columns with types and rules, code lists.

    Danish nouns with English explanations; headings of level 1 and 2. Raises MentorDwError for an unknown code list.
    """
    text = feed.text
    lines = [
        f"# {feed.title} (`{feed.source}`)",
        "",
        feed.description.strip(),
        "",
        "| leverance (delivery) | |",
        "|---|---|",
        f"| filnavn (file name) | {_cell(feed.file.shown)} |",
        f"| dækker (covers) | {_COVERS[feed.file.covers]} |",
        f"| tekst (text) | {text.encoding}, `{_cell(text.delimiter)}` between fields, `{_cell(text.quote)}` around "
        f"them; dates {_FORMATS[text.date_format]}, times {_FORMATS[text.time_format]} |",
        f"| forventet (expected) | every {feed.expected.every}; late after {feed.expected.late_after_days} days |",
        f"| afvises (refused) | above {feed.limits.refuse_above_bad_pct:g} pct bad rows in a member, or below "
        f"{feed.limits.refuse_below_share_of_previous:g} of the rows of the delivery before |",
        f"| dataansvarlig (owner) | {_cell(feed.owner.name)}, {_cell(feed.owner.email)} |",
        f"| hjemmel (legal basis) | {_cell(feed.owner.legal_basis)} |",
        "",
    ]
    for name, member in feed.members.items():
        lines += _member(feed, name, member)
    if feed.wide:
        lines += _wide(feed.wide)
    lines += _code_lists(feed)
    return "\n".join(lines)


def _member(feed: Feed, name: str, member: MemberSpec) -> list[str]:
    return [
        f"## {name}",
        "",
        f"{member.description} Table `raw.{table_name(feed.source, name)}`, key {', '.join(member.key)}.",
        "",
        "| felt (field) | type | må være tom (may be empty) | regler (rules) | beskrivelse (description) |",
        "|---|---|---|---|---|",
        *(_field(field) for field in member.fields),
        "",
    ]


def _wide(wide: WideSpec) -> list[str]:
    return [
        "## Kolonner (columns)",
        "",
        wide.description,
        "",
        "| felt (field) | type | må være tom (may be empty) | regler (rules) | beskrivelse (description) |",
        "|---|---|---|---|---|",
        *(_field(field) for field in wide.fields),
        *(_series(series) for series in wide.series),
        "",
    ]


def _series(series: SeriesSpec) -> str:
    rules = [f"én kolonne for hver {_BY[series.by]}"]
    if series.code_list:
        rules.append(f"kodeliste [{series.code_list}](#{series.code_list}); andre koder bevares og tælles")
    if not series.kept:
        rules.append("kontrolleres og gemmes ikke (checked, not kept)")
    if series.special_category:
        rules.append(f"særlig kategori (special category): {series.special_category}")
    kind = "decimaltal" if series.decimal else f"{series.digits} cifre"
    name = f"`{series.prefix}{_COLUMN[series.by]}`"
    return "| " + " | ".join(_cell(cell) for cell in (name, kind, "ja", "; ".join(rules), series.description)) + " |"


def _field(field: FieldSpec) -> str:
    rules = []
    if field.code_list:
        rules.append(f"kodeliste [{field.code_list}](#{field.code_list})")
    if field.pattern:
        rules.append(f"form `{field.pattern}`")
    if field.min is not None:
        rules.append(f"mindst {field.min}")
    if field.max is not None:
        rules.append(f"højst {field.max}")
    if field.not_before:
        rules.append(f"ikke før {field.not_before}")
    if field.references:
        rules.append(f"findes i {field.references.member}: {field.references.field}")
    if field.personal:
        rules.append("personoplysning: never shown")
    if field.special_category:
        rules.append(f"særlig kategori (special category): {field.special_category}")
    empty = "nej" if not field.may_be_empty else f"ja = {field.empty_means}" if field.empty_means else "ja"
    cells = (f"`{field.name}`", TYPES[field.type], empty, "; ".join(rules), field.description)
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _code_lists(feed: Feed) -> list[str]:
    used = {field.code_list for member in feed.members.values() for field in member.fields if field.code_list}
    if feed.wide:
        used |= {one.code_list for one in (*feed.wide.fields, *feed.wide.series) if one.code_list}
    if not used:
        return []
    lines = ["## Kodelister (code lists)", ""]
    for name in sorted(used):
        lines += [f"### {name}", "", ", ".join(f"`{code}`" for code in code_list(name)), ""]
    return lines


def _cell(text: str) -> str:
    """Text that does not end a table cell."""
    return text.replace("|", "\\|").replace("\n", " ")
