"""What the sample must reproduce of the Copenhagen study (BIFLIS and DREAM).

Numbers stand beside the id of their row in the list of published figures. Where a published share leaves a range of
whole persons, one count of the range was chosen so that the counts add up in every direction. Readings R7-R22 of
rules.md say whom and when each one counts.
"""

from __future__ import annotations

from datetime import date

PERIOD = (date(2014, 1, 1), date(2015, 9, 30))  # first start of a study citizen, rules.md C3
#: Total duration looks at this day (rules.md R13).
AUTUMN_2015 = date(2015, 9, 30)
WINDOW = (date(2014, 7, 1), date(2015, 6, 30))  # Tabel 2 and 3

YOUNG, OLD = "under 30", "fyldt 30"
CITIZENS = {YOUNG: 1352, OLD: 4099}  # K-018, K-020, together K-022
#: Age bands of the citizens fyldt 30, youngest and oldest age drawn: K-025..K-027 (28, 29 and 18 pct of 5,451).
AGES = (((30, 39), 983), ((40, 49), 1585), ((50, 63), 1531))
SEX = {YOUNG: {"M": 690, "K": 662}, OLD: {"M": 2172, "K": 1927}}  # K-033..K-036
ORIGIN = {  # K-037..K-045; the empty one is uoplyst
    YOUNG: {"dansk": 999, "ikke-vestlig": 323, "vestlig": 27, "": 3},
    OLD: {"dansk": 2213, "ikke-vestlig": 1680, "vestlig": 201, "": 5},
}

#: Length of the contact course at the first start, in completed months (rules.md section 3, R11, R12): K-049..K-062.
PRIOR_BANDS = ("0-3", "4-6", "7-12", "1-3 years", "over 3 years")
PRIOR = {YOUNG: (379, 108, 177, 430, 258), OLD: (81, 246, 369, 819, 2584)}

#: Total duration in days (rules.md C7, R13): K-064..K-071.
DURATION_EDGES = (91, 184, 365)
DURATION = {YOUNG: (257, 460, 378, 257), OLD: (410, 1230, 1312, 1147)}

STATUSES = ("fortsat", "anden", "beskaeftigelse", "uddannelse", "pension", "selvforsoergelse")
STATUS = {YOUNG: (1088, 42, 39, 102, 3, 78), OLD: (3900, 37, 28, 8, 15, 111)}  # K-073..K-114
MATCHED_UP = {YOUNG: 16, OLD: 11}  # K-115, K-116

#: Per cent of the forløb that run seven months after the first start: K-118..K-125.
RUNNING_OFFERS = {
    YOUNG: {"mentor": 58.0, "vejledning_opkvalificering": 34.0, "virksomhedsplacering": 7.0, "oevrige": 1.0},
    OLD: {"mentor": 69.2, "vejledning_opkvalificering": 25.7, "virksomhedsplacering": 5.0, "oevrige": 0.1},
}

#: Starts in the window by aktivitetsparate citizens fyldt 30: 12 monthly means of 804, 1002, 188, 20 and 3, which
#: together must give a mean of 2016 (K-001..K-012; rules.md R15).
WINDOW_MENTOR = 9645
WINDOW_OFFERS = {"vejledning_opkvalificering": 12021, "virksomhedspraktik": 2253, "loentilskud": 237, "oevrige": 36}
RETENTION = {"centre": 1129, "virksomhed": 281}  # K-013, K-015; all that start in the window (rules.md R16)

PROVIDER_PERIOD = (date(2014, 1, 1), date(2015, 8, 31))
PROVIDERS = {"ekstern": 7885, "jobcenter": 2696, "beskaeftigelsescenter": 1722}  # K-131..K-135

#: Million kroner and how much of it for implementation: K-128..K-130 for helhedsorienteret.
BUDGET = {
    (2014, "helhedsorienteret"): ("68,0", "14,0"),
    (2015, "helhedsorienteret"): ("88,0", "0,0"),
    (2016, "helhedsorienteret"): ("88,0", "0,0"),
    (2014, "fastholdelse"): ("9,5", "0,0"),
    (2015, "fastholdelse"): ("10,2", "0,0"),
    (2016, "fastholdelse"): ("9,8", "0,0"),
    (2014, "udskrivning"): ("0,6", "0,0"),
    (2015, "udskrivning"): ("0,6", "0,0"),
    (2014, "udslusning"): ("0,4", "0,0"),
    (2015, "udslusning"): ("0,4", "0,0"),
}
#: Mean cost of a helhedsorienteret forløb in kroner by the year it starts (rules.md section 8, a range check).
MEAN_COST = {2013: 7200, 2014: 7200, 2015: 12300, 2016: 12300}

#: Minutes a week of the helhedsorienteret mentor before and from 1 May 2015: K-136, K-137 (rules.md section 7).
MINUTES_CHANGE = date(2015, 5, 1)
MINUTES = {"helhedsorienteret": (45, 90), "fastholdelse": (60, 60), "udskrivning": (90, 90), "udslusning": (60, 60)}

#: Shares of the group that the study compares with: K-023, K-024, K-029..K-032, K-046..K-048.
REFERENCE = {
    "alder": {"under 30": "21", "30-39": "24", "40-49": "35", "50+": "19"},
    "herkomst": {"dansk": "58", "ikke-vestlig": "38", "vestlig": "4"},
    "maalgruppe": {
        "aktivitetsparate kontanthjælpsmodtagere over og under 30": "23",
        "aktivitetsparate uddannelseshjælpsmodtagere": "25",
    },
}
