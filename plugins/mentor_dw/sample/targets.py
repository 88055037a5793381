"""What the sample must reproduce: published numbers of the 2008 mid-term report and the 2011 news item.

Every number stands once, beside the id of its row in the list of published figures. Hours are whole hours, shares
are whole per cent unless said otherwise. Readings R1-R6 and R23 of rules.md say at which date each one counts.
"""

from __future__ import annotations

from datetime import date

#: Citizens, ties and endings of the report count as of this day; hours of the jobcentres too (rules.md R1).
CUT = date(2008, 9, 15)
#: The national table of hours counts entries up to this day (rules.md R1, M-110).
NATIONAL_CUT = date(2008, 9, 10)
#: The last delivery, which the 2011 news item describes.
LAST_DAY = date(2011, 2, 28)

JOBCENTRES = ("Herlev", "Viborg", "Odense")
PLACES = {"Herlev": 10, "Viborg": 15, "Odense": 15}  # M-001..M-003
CITIZENS = {"Herlev": 18, "Viborg": 18, "Odense": 55}  # M-008..M-010, together M-004
MENTORS = {"Herlev": 1, "Viborg": 12, "Odense": 2}  # M-070, M-071, M-079, M-087
FIRST_ENTRY = {"Herlev": date(2008, 2, 1), "Viborg": date(2008, 3, 1), "Odense": date(2008, 2, 1)}  # M-111..M-115

ENDED_BY_CUT = 10  # M-011, M-012 is the rest
GOALS = {  # M-014..M-021: BAG1 is fastholdelse, BAG2 indslusning
    "Herlev": {"BAG1": 3, "BAG2": 15},
    "Viborg": {"BAG1": 1, "BAG2": 17},
    "Odense": {"BAG1": 22, "BAG2": 33},
}
SEX = {"M": 42, "K": 49}  # M-023, M-024
#: Lowest and highest age of a band (None: not registered) and citizens: M-025..M-030 (rules.md P4).
AGES = (((20, 25), 26), ((26, 30), 16), ((31, 35), 11), ((36, 40), 9), ((41, 60), 12), (None, 17))
#: M-031 (UDD1 and UDD2 together 71), M-032..M-036; the empty code is "ikke registreret".
EDUCATION = {"UDD1": 19, "UDD2": 52, "UDD4": 9, "UDD3": 7, "UDD5": 1, "UDD7": 1, "": 2}
INCOME = {"offentlig": 58, "dagpenge": 27, "loen": 4, "fleksjob": 1, "familie": 1}  # M-037..M-041

COMPANIES_WITH_ONE_CITIZEN = 21  # M-050 is this and the next, M-051 counts their citizens
COMPANIES_WITH_TWO_CITIZENS = 4  # M-052
COMPANY_TYPES = {"offentlig": 11, "privat": 13, "forening": 1}  # M-053c..M-055c
COMPANY_EXPERIENCE = {"ja": 10, "nej": 13, "": 2}  # M-056..M-058

TASK_TYPES = ("HJEM", "ARBEJDE", "KONTAKT", "ANDET")
NATIONAL_HOURS = {"HJEM": 351, "ARBEJDE": 147, "KONTAKT": 166, "ANDET": 258}  # M-059..M-067, shares follow
JOBCENTRE_HOURS = {"Herlev": 265, "Viborg": 281, "Odense": 410}  # M-072, M-080, M-088; per citizen M-073, M-081, M-089
TYPE_SHARES = {  # M-074..M-077, M-082..M-085, M-090..M-093
    "Herlev": {"HJEM": 27, "ARBEJDE": 17, "KONTAKT": 11, "ANDET": 45},
    "Viborg": {"HJEM": 44, "ARBEJDE": 5, "KONTAKT": 13, "ANDET": 38},
    "Odense": {"HJEM": 38, "ARBEJDE": 21, "KONTAKT": 25, "ANDET": 16},
}
#: M-099..M-103 print 8, 45, 44, 2 and 0.3 pct, together 99.3. These are per mille that round to the printed ones
#: and make a whole. Clock hours are [from, to) of the start (rules.md R5).
CLOCK = {"24-06": 3, "17-24": 20, "06-09": 81, "09-12": 453, "12-17": 443}
CLOCK_HOURS = {"24-06": (0, 6), "17-24": (17, 23), "06-09": (6, 9), "09-12": (9, 12), "12-17": (12, 17)}
#: Outside these intervals only work at home was registered in 2008 (rules.md section 1).
DAY_INTERVALS = frozenset({"09-12", "12-17"})

PERSONS_COMPLETED = 142  # N-001
PERSONS_WITH_SUCCESS = 71  # N-002, "halvdelen"
SUCCESS = ("fastholdt_job", "nyt_job", "uddannelse")
