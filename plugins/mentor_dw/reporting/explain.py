"""A rule or a refusal explained in Danish with what the feed knows: which codes, which limit, which file and column.

The ledger keeps a refusal as one English line; here each such line has its Danish one.
"""

from __future__ import annotations

import re

from mentor_dw.feeds import Feed, FieldSpec, WideSpec, code_list
from mentor_dw.reporting.danish import listed, number
from mentor_dw.reporting.words import rule_words

_DATE_FORMS = {"%Y-%m-%d": "ÅÅÅÅ-MM-DD", "%d-%m-%Y": "DD-MM-ÅÅÅÅ"}
#: Longer code lists are named, not written out.
CODES_SHOWN = 20


def explained(feed: Feed, member: str, field: str | None, rule: str) -> str:
    """What is wrong by `rule` in `field` of `member`: one Danish sentence, with the feed's limits where it has any."""
    fields = feed.wide.fields if feed.wide is not None else feed.members[member].fields
    spec = next((one for one in fields if one.name == field), None) if field else None
    if spec is None and feed.wide is not None and field:
        return _cell(feed.wide, field, rule)
    return (_with_limits(feed, spec, rule) if spec else None) or rule_words(rule).danish


def _cell(wide: WideSpec, column: str, rule: str) -> str:
    """What is wrong with a cell of a series of columns."""
    serie = next((one for one in wide.series if column.startswith(one.prefix)), None)
    if serie is None or serie.digits is None:
        return "Tallet skal skrives med højst tre cifre og højst seks decimaler efter decimalkomma."
    return f"Koden skal være tom eller på {serie.digits} cifre."


def _with_limits(feed: Feed, spec: FieldSpec, rule: str) -> str | None:
    if rule == "bad_code" and spec.code_list:
        codes = list(code_list(spec.code_list))
        if len(codes) <= CODES_SHOWN:
            either = " eller ".join(filter(None, (", ".join(codes[:-1]), codes[-1])))
            return f"Koden findes ikke i kodelisten. Den skal være {either}."
    if rule == "bad_date" and spec.type == "month":
        return "Måneden findes ikke eller er ikke skrevet ÅÅÅÅ-MM."
    if rule == "bad_number" and spec.type == "decimal":
        mark = "decimalkomma" if feed.text.decimal_mark == "," else "decimalpunktum"
        return (
            f"Tallet skal skrives med cifre og højst seks decimaler efter {mark}, uden tusindtalsseparator: "
            f"1234{feed.text.decimal_mark}50."
        )
    if rule == "bad_number":
        return "Tallet er ikke et helt tal."
    if rule == "bad_date":
        return f"Datoen findes ikke eller er ikke skrevet {_DATE_FORMS[feed.text.date_format]}."
    if rule == "below_min" and spec.min is not None:
        return f"Tallet er mindre end {spec.min}, som er det mindste tilladte."
    if rule == "above_max" and spec.max is not None:
        return f"Tallet er større end {spec.max}, som er det største tilladte."
    if rule == "reference" and spec.references and spec.type == "cpr":
        return f"Personen findes ikke i {spec.references.member}, eller personens række dér er selv sat til side."
    if rule == "reference" and spec.references:
        return f"Rækken henviser til en række i {spec.references.member}, som ikke findes eller selv er sat til side."
    if rule == "end_before_start" and spec.not_before:
        return f"Datoen ligger før {spec.not_before}."
    return None


#: A refusal's English line, and the same in Danish.
_REFUSALS: tuple[tuple[str, str], ...] = (
    (r"the content of (.+) does not match (.+)", r"Indholdet af \1 svarer ikke til kontrolsummen i \2."),
    (r"(.+) does not hold a SHA-256 of 64 hex digits", r"\1 indeholder ikke en kontrolsum på 64 tegn (0-9, a-f)."),
    (
        r"the file is not a zip file, or its end is missing",
        r"Filen er ikke en zip-fil, eller slutningen af den mangler.",
    ),
    (r"the zip file holds more than (\d+) members", r"Zip-filen indeholder flere end \1 filer."),
    (r"the zip file's list of members is larger than (\d+) bytes", r"Zip-filens filliste er større end \1 byte."),
    (r"the member (.+) is encrypted", r"\1 er beskyttet med en adgangskode."),
    (r"the member (.+) is there twice", r"\1 er med to gange i zip-filen."),
    (r"the member (.+) has a path in its name", r"\1 ligger i en mappe i zip-filen."),
    (r"the member (.+) is a link or a device, not a file", r"\1 er en genvej, ikke en fil."),
    (
        r"(.+): (\d+) bytes packed into (\d+), more than (\d+) to 1",
        r"\1 fylder \2 byte udpakket, men kun \3 pakket. Det er mere end \4 gange så meget.",
    ),
    (r"the member (.+) yields more bytes than it declares", r"\1 fylder mere udpakket, end zip-filen siger."),
    (r"the member (.+) ends too early", r"Slutningen af \1 mangler."),
    (r"the member (.+) fails its checksum", r"\1 er beskadiget: den svarer ikke til zip-filens egen kontrolsum."),
    (r"the member (.+) is packed in a way that is not supported", r"\1 er pakket på en måde, som vi ikke kan læse."),
    (r"the member (.+) does not unpack", r"\1 er beskadiget og kan ikke pakkes ud."),
    (r"the member (.+) is not where the directory says", r"Zip-filen er beskadiget: \1 kan ikke findes i den."),
    (r"missing in the zip file: (.+)", r"Der mangler i zip-filen: \1."),
    (r"the member (.+) is empty", r"\1 er tom."),
    (r"the file is empty", r"Filen er tom."),
    (r"the file is empty, or begins with an empty line", r"Filen er tom eller begynder med en tom linje."),
    (r"nothing is packed in the file", r"Der er ikke pakket noget i filen."),
    (
        r"the file does not unpack: it is damaged, cut off, or not packed as its name says",
        r"Filen kan ikke pakkes ud: den er beskadiget, afkortet eller ikke pakket, som dens navn siger.",
    ),
    (r"weeks are missing between (.+) and (.+)", r"Der mangler uger mellem \1 og \2."),
    (r"line (\d+) is not ASCII", r"Linje \1 er ikke skrevet i tegnsættet ASCII."),
    (r"line (\d+) is longer than (\d+) bytes", r"Linje \1 er længere end \2 byte."),
    (r"columns are missing: ([^:]+)", r"Der mangler kolonner: \1."),
    (r"a column is there twice: ([^:]+)", r"Kolonnen \1 er med to gange."),
    (
        r"the header in (.+) line (\d+) has broken quotation marks",
        r"Overskriften i \1 har anførselstegn, der ikke går op.",
    ),
    (r"a column is there twice: (.+): (.+)", r"Kolonnen \2 er med to gange i \1."),
    (r"columns (\d+) and (\d+) have the same name", r"Kolonne nr. \1 og nr. \2 hedder det samme."),
    (r"columns (\d+) and (\d+) of (.+) have the same name", r"Kolonne nr. \1 og nr. \2 i \3 hedder det samme."),
    (r"columns are missing: (.+?): (.+)", r"I \1 mangler: \2."),
    (r"(.+) line (\d+) is not CP1252", r"\1, linje \2, er ikke skrevet i tegnsættet Windows-1252."),
    (r"(.+) line (\d+) is not (.+)", r"\1, linje \2, er ikke skrevet i tegnsættet \3."),
    (
        r"a quotation mark opens in (.+) line (\d+) and never closes",
        r"I \1 begynder et anførselstegn i linje \2, og det slutter aldrig.",
    ),
    (r"(.+) line (\d+) is longer than (\d+) bytes", r"I \1 er linje \2 længere end \3 byte."),
    (
        r"(\d+) rows, against (\d+) in (.+) before it: less than (.+) pct",
        r"Leverancen har \1 rækker mod \2 i \3. Det er under \4 pct.",
    ),
    (
        r"(\d+) of (\d+) rows of (.+) \((.+) pct\) are bad; the limit is (.+) pct\. Most often: .+",
        r"\1 af \2 rækker i \3 har fejl (\4 pct.). Grænsen er \5 pct.",
    ),
    (
        r"The same content as (.+?)(?: \(delivery (\d+)\))?, which was withdrawn\..*",
        r"Indholdet er det samme som i \1, der er trukket tilbage.",
    ),
)


#: A count or a share in a sentence; not the digits of a name.
_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:\.\d+)?(?= (?:byte|rækker|af|mod|pct|pakket|i )|\.$)")


def refusal_in_danish(reason: str) -> str | None:
    """The ledger's line about a refusal in Danish, the names in it kept; None for a line nobody has translated."""
    for english, danish in _REFUSALS:
        match = re.fullmatch(english, reason, re.DOTALL)
        if match:
            return _NUMBER.sub(lambda found: _in_danish(found[0]), match.expand(danish))
    return None


def _in_danish(figure: str) -> str:
    return figure.replace(".", ",") if "." in figure else number(int(figure))


def names_in_danish(field: str) -> str:
    """The fields of a key, `a,b`, as words."""
    return listed(field.split(","))
