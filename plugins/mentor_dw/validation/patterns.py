"""Forms of text that a value must have, as regular expressions that PostgreSQL and Python read alike.

A value is judged as text before anything is cast, so that a bad one is found and never raises. Digits are ASCII.
"""

from __future__ import annotations

IDENTIFIER = "^[0-9]{1,40}$"
TIME = "^([01][0-9]|2[0-3]):[0-5][0-9]$"

#: A whole number that fits PostgreSQL's integer, leading zeros allowed.
_UP_TO_2147483647 = "|".join(
    [
        "[0-9]{1,9}",
        "1[0-9]{9}",
        "20[0-9]{8}",
        "21[0-3][0-9]{7}",
        "214[0-6][0-9]{6}",
        "2147[0-3][0-9]{5}",
        "21474[0-7][0-9]{4}",
        "214748[0-2][0-9]{3}",
        "2147483[0-5][0-9]{2}",
        "21474836[0-3][0-9]",
        "214748364[0-7]",
    ]
)
INTEGER = f"^-?0*({_UP_TO_2147483647})$"
#: A whole number that can be written in one way only, as a key needs it: 2013, not 02013.
INTEGER_IN_KEY = f"^(0|-?(?!0)({_UP_TO_2147483647}))$"

_YEAR = "([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_LEAP_YEAR = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)"
_DAYS_BY_MONTH = (
    ("(01|03|05|07|08|10|12)", "(0[1-9]|[12][0-9]|3[01])", _YEAR),
    ("(04|06|09|11)", "(0[1-9]|[12][0-9]|30)", _YEAR),
    ("02", "(0[1-9]|1[0-9]|2[0-8])", _YEAR),
    ("02", "29", _LEAP_YEAR),
)
MONTH = f"^{_YEAR}-(0[1-9]|1[0-2])$"
_POSTGRES_FORMATS = {"%Y-%m-%d": "YYYY-MM-DD", "%d-%m-%Y": "DD-MM-YYYY"}


def date_pattern(date_format: str) -> str:
    """A day of the calendar, years 0001 to 9999, written as `date_format` ('%Y-%m-%d' or '%d-%m-%Y') says."""
    if date_format == "%Y-%m-%d":
        days = [f"{year}-{month}-{day}" for month, day, year in _DAYS_BY_MONTH]
    else:
        days = [f"{day}-{month}-{year}" for month, day, year in _DAYS_BY_MONTH]
    return f"^({'|'.join(days)})$"


def decimal_pattern(mark: str) -> str:
    """An exact number: digits, then at most six decimals behind `mark`; no exponent and no thousands separator."""
    return f"^-?[0-9]{{1,15}}([{mark}][0-9]{{1,6}})?$"


def not_identifier_sql(column: str) -> str:
    """SQL for whether the text `column` is no IDENTIFIER; a tenth of what the pattern costs, which counts to 40."""
    return f"(length({column}) > 40 or {column} !~ '^[0-9]+$')"


def date_sql(column: str, date_format: str) -> str:
    """SQL for the date in the text `column`, null when it is not one; never raises."""
    return (
        f"case when {column} ~ {quoted(date_pattern(date_format))} "
        f"then to_date({column}, '{_POSTGRES_FORMATS[date_format]}') end"
    )


def integer_sql(column: str) -> str:
    """SQL for the whole number in the text `column`, null when it is not one; never raises."""
    return f"case when {column} ~ {quoted(INTEGER)} then {column}::integer end"


def decimal_sql(column: str, mark: str) -> str:
    """SQL for the exact number in the text `column`, null when it is not one; never raises."""
    return f"case when {column} ~ {quoted(decimal_pattern(mark))} then replace({column}, '{mark}', '.')::numeric end"


def quoted(text: str) -> str:
    """`text` as an SQL literal; a backslash stays one whatever the server's settings."""
    literal = "'" + text.replace("'", "''") + "'"
    return f" e{literal}".replace("\\", "\\\\") if "\\" in text else literal
