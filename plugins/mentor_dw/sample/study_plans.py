"""How many citizens of the study get which sequence of helhedsorienterede forløb.

Volume (Figur 8, Figur 9), persons (Figur 1), total duration (Figur 6) and the starts of Tabel 2 pull in different
directions: at least 8,232 of the 12,303 forløb must be citizens fyldt 30 who start from July 2014 to June 2015. The
tables below meet all of them at once. They were found as the most even distribution over sequences with the given
sums, rounded to whole citizens by an integer programme; the sums are checked by a test.

A sequence names the part of the calendar in which each forløb of a citizen starts; the four numbers are citizens by
band of total duration (up to 91 days, 184, 365, more).
"""

from __future__ import annotations

from datetime import date

from .targets_study import OLD, YOUNG

#: First and last day of the parts of the calendar.
PARTS = {
    "P": (date(2013, 7, 1), date(2013, 12, 31)),
    "A": (date(2014, 1, 1), date(2014, 6, 30)),
    "B": (date(2014, 7, 1), date(2014, 8, 31)),
    "C": (date(2014, 9, 1), date(2014, 12, 31)),
    "D": (date(2015, 1, 1), date(2015, 6, 30)),
    "E": (date(2015, 7, 1), date(2015, 8, 31)),
    "F": (date(2015, 9, 1), date(2015, 9, 30)),
}

# fmt: off
PLANS: dict[str, dict[str, tuple[int, int, int, int]]] = {
    YOUNG: {
        "A": (62, 13, 0, 0), "B": (26, 37, 0, 0), "C": (47, 67, 0, 0), "D": (64, 92, 0, 0), "E": (54, 77, 0, 0),
        "F": (0, 102, 0, 0), "PA": (4, 21, 57, 0), "PB": (0, 0, 11, 0), "PC": (0, 0, 8, 0), "PD": (0, 0, 4, 0),
        "AA": (0, 45, 41, 0), "AB": (0, 0, 16, 0), "AC": (0, 0, 12, 0), "AD": (0, 0, 7, 0), "BB": (0, 0, 7, 0),
        "BC": (0, 0, 12, 0), "BD": (0, 0, 6, 0), "CC": (0, 0, 21, 0), "CD": (0, 0, 28, 0), "CE": (0, 0, 10, 0),
        "CF": (0, 0, 5, 0), "DD": (0, 6, 38, 0), "DE": (0, 0, 32, 0), "DF": (0, 0, 18, 0), "EF": (0, 0, 45, 0),
        "PAA": (0, 0, 0, 45), "PAB": (0, 0, 0, 27), "PAC": (0, 0, 0, 13), "PAD": (0, 0, 0, 7), "PBB": (0, 0, 0, 3),
        "PBC": (0, 0, 0, 5), "PBD": (0, 0, 0, 3), "PCC": (0, 0, 0, 4), "PCD": (0, 0, 0, 5), "PDD": (0, 0, 0, 3),
        "AAC": (0, 0, 0, 8), "AAD": (0, 0, 0, 4), "ABC": (0, 0, 0, 9), "ABD": (0, 0, 0, 4), "ACC": (0, 0, 0, 6),
        "ACD": (0, 0, 0, 8), "ADD": (0, 0, 0, 4), "ADE": (0, 0, 0, 4), "BCD": (0, 0, 0, 16), "BDD": (0, 0, 0, 4),
        "BDE": (0, 0, 0, 4), "CCE": (0, 0, 0, 5), "CDD": (0, 0, 0, 18), "CDE": (0, 0, 0, 18), "CDF": (0, 0, 0, 8),
        "CEF": (0, 0, 0, 11), "DDF": (0, 0, 0, 11),
    },
    OLD: {
        "A": (52, 69, 0, 0), "B": (39, 86, 0, 0), "C": (64, 2, 0, 0), "D": (16, 2, 0, 0), "E": (17, 38, 0, 0),
        "F": (0, 111, 0, 0), "PA": (9, 139, 24, 0), "AA": (23, 50, 61, 0), "AB": (17, 37, 45, 0), "AC": (11, 25, 30, 0),
        "AD": (0, 11, 13, 0), "BB": (12, 27, 33, 0), "BC": (20, 45, 55, 0), "BD": (9, 20, 25, 0), "CC": (33, 74, 90, 0),
        "CD": (37, 81, 87, 0), "CE": (0, 0, 10, 0), "DD": (41, 90, 59, 0), "DE": (10, 0, 27, 0), "DF": (0, 0, 15, 0),
        "EF": (0, 0, 72, 0), "PAA": (0, 9, 10, 17), "PAB": (0, 0, 0, 84), "PAC": (0, 0, 0, 8), "AAB": (0, 16, 20, 0),
        "AAC": (0, 11, 13, 21), "AAD": (0, 0, 0, 10), "ABB": (0, 12, 15, 0), "ABC": (0, 20, 24, 39),
        "ABD": (0, 9, 11, 17), "ACC": (0, 13, 16, 26), "ACD": (0, 14, 17, 28), "ADD": (0, 0, 8, 13),
        "BBC": (0, 15, 18, 0), "BBD": (0, 0, 8, 13), "BCC": (0, 24, 29, 0), "BCD": (0, 26, 32, 52),
        "BDD": (0, 12, 14, 23), "CCD": (0, 43, 52, 0), "CCE": (0, 0, 0, 8), "CDD": (0, 47, 57, 93),
        "CDE": (0, 0, 14, 23), "CDF": (0, 0, 8, 13), "DDD": (0, 52, 63, 0), "DDE": (0, 0, 15, 0), "DDF": (0, 0, 9, 15),
        "AABC": (0, 0, 10, 17), "AABD": (0, 0, 0, 8), "AACC": (0, 0, 0, 11), "AACD": (0, 0, 8, 12),
        "ABBC": (0, 0, 8, 12), "ABCC": (0, 0, 12, 20), "ABCD": (0, 0, 14, 22), "ABDD": (0, 0, 0, 10),
        "ACCD": (0, 0, 9, 15), "ACDD": (0, 0, 10, 16), "BBCC": (0, 0, 9, 0), "BBCD": (0, 0, 10, 17),
        "BCCD": (0, 0, 17, 27), "BCDD": (0, 0, 18, 30), "BDDD": (0, 0, 8, 14), "CCDD": (0, 0, 30, 49),
        "CCDE": (0, 0, 0, 12), "CDDD": (0, 0, 33, 54), "CDDE": (0, 0, 8, 13), "CDDF": (0, 0, 0, 8),
        "DDDE": (0, 0, 9, 0), "DDDF": (0, 0, 0, 9), "AABCC": (0, 0, 0, 9), "AABCD": (0, 0, 0, 10),
        "ABCCD": (0, 0, 0, 12), "ABCDD": (0, 0, 0, 13), "ACCDD": (0, 0, 0, 9), "ACDDD": (0, 0, 0, 10),
        "BBCCD": (0, 0, 0, 9), "BBCDD": (0, 0, 0, 46), "BCCDD": (0, 0, 0, 16), "BCDDD": (0, 0, 0, 22),
        "CCDDD": (0, 0, 0, 28), "CDDDE": (0, 0, 0, 84),
    },
}
# fmt: on
