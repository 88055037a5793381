"""A block of a wide file folded into persons and spells (source-files.md, 'dream')."""

from __future__ import annotations

from datetime import date

import numpy as np

from mentor_dw.errors import DeliveryRefused
from mentor_dw.feeds import code_list
from mentor_dw.identity.cpr import parse_cpr
from mentor_dw.reading.wide.folded import CODES, EMPTY, MONTHS, NO_DATE, PERSON, WEEKS, Finding, Folded
from mentor_dw.reading.wide.layout import EPOCH, Layout
from mentor_dw.reading.wide.rows import row_findings


def fold_block(block: bytes, first_line: int, layout: Layout) -> Folded:
    """Persons, spells and findings of the whole lines in `block`, of which the first is physical line `first_line`.

    Raises DeliveryRefused `wrong_encoding` for what is not ASCII, naming the line.
    """
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    persons, weeks, months = [], [], []
    findings: list[Finding] = []
    uoplyst = {spec.name: 0 for spec in layout.wide.fields if spec.empty_means}
    warnings = dict.fromkeys(("cpr_fails_mod11", "cpr_has_no_date", "koen_differs_from_cpr"), 0)
    codes = np.zeros(CODES, np.int64)
    ydelse, branche, grad = (layout.series[name] for name in ("ydelse", "branche", "grad"))
    for number, line in enumerate(lines, first_line):
        if not line.isascii() or b"\0" in line:
            raise DeliveryRefused("wrong_encoding", f"line {number} is not ASCII", f"line {number}")
        found = row_findings(number, line, layout)
        if found:
            findings += found
            continue
        fields = line.decode().removesuffix("\r").split(layout.delimiter)
        value = {name: fields[place] for name, place in layout.fields.items()}
        cpr = parse_cpr(value["pnr"])
        for name in uoplyst:
            uoplyst[name] += not value[name]
        warnings["cpr_fails_mod11"] += not cpr.passes_modulus11
        warnings["cpr_has_no_date"] += cpr.birth_date is None
        warnings["koen_differs_from_cpr"] += cpr.koen != value["koen"]
        who = len(persons)
        persons.append(
            (
                number,
                cpr.number,
                value["koen"],
                date.fromisoformat(value["foedselsdato"]).toordinal() - EPOCH,
                int(value["kommunekode"] or EMPTY),
                code_list("herkomst").index(value["herkomst"]) if value["herkomst"] else EMPTY,
                value["civilstand"],
                cpr.passes_modulus11,
                cpr.is_replacement,
                cpr.koen,
                cpr.birth_date.toordinal() - EPOCH if cpr.birth_date else NO_DATE,
            )
        )
        last = None
        for place, fra, til in zip(ydelse.places, ydelse.fra, ydelse.til, strict=True):
            if fields[place]:
                code = int(fields[place])
                codes[code] += 1
                if last and last[1] == code and last[3] == fra:
                    last[3] = til
                else:
                    last = [who, code, fra, til]
                    weeks.append(last)
        cells: dict[tuple[int, int], list[int]] = {}
        for at, serie in enumerate((branche, grad)):
            for place, fra, til in zip(serie.places, serie.fra, serie.til, strict=True):
                if fields[place]:
                    number_ = int(fields[place]) if at == 0 else _millionths(fields[place], layout.decimal_mark)
                    cells.setdefault((fra, til), [EMPTY, EMPTY])[at] = number_
        last = None
        for (fra, til), pair in sorted(cells.items()):
            if last and last[1:3] == pair and last[4] == fra:
                last[4] = til
            else:
                last = [who, *pair, fra, til]
                months.append(last)
    return Folded(
        persons=np.array(persons, PERSON),
        weeks=np.array([tuple(one) for one in weeks], WEEKS),
        months=np.array([tuple(one) for one in months], MONTHS),
        findings=findings,
        rows_read=len(lines),
        uoplyst=uoplyst,
        warnings=warnings,
        codes=codes,
    )


def _millionths(text: str, mark: str) -> int:
    whole, _, decimals = text.partition(mark)
    return int(whole) * 1_000_000 + int(decimals.ljust(6, "0"))
