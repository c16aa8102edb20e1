"""Solar Hijri: the official calendar of Iran, and Persian digits and months."""

from __future__ import annotations

from datetime import date, datetime

from persiantools.jdatetime import JalaliDate

SOLAR = "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند".split()
GREGORIAN = "ژانویه فوریه مارس آوریل مه ژوئن ژوئیه اوت سپتامبر اکتبر نوامبر دسامبر".split()
WEEKDAYS = "دوشنبه سه‌شنبه چهارشنبه پنجشنبه جمعه شنبه یکشنبه".split()
_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_NUMBER = str.maketrans("0123456789.,", "۰۱۲۳۴۵۶۷۸۹٫٬")


def digits(value: object) -> str:
    """`۱۴۰۰`: the digits of a text in Persian, all else as it is."""
    return str(value).translate(_DIGITS)


def number(text: str) -> str:
    """`۱٬۲۳۴٫۵`: a number such as `1,234.5` with Persian digits and marks."""
    return text.translate(_NUMBER)


def solar_day(value: date | datetime) -> str:
    """`۲۸ خرداد ۱۴۰۰`."""
    made = JalaliDate(value.date() if isinstance(value, datetime) else value)  # type: ignore[no-untyped-call]
    return digits(f"{made.day} {SOLAR[made.month - 1]} {made.year}")


def gregorian_day(value: date | datetime) -> str:
    """`۱۸ ژوئن ۲۰۲۱`."""
    month = GREGORIAN[value.month - 1]
    genitive = "ٔ" if month.endswith("ه") else ""  # a month that ends in a vowel takes it before its year
    return digits(f"{value.day} {month}{genitive} {value.year}")


def both_days(value: date | datetime) -> str:
    """`۲۸ خرداد ۱۴۰۰ (۱۸ ژوئن ۲۰۲۱)`: the day in both calendars."""
    return f"{solar_day(value)} ({gregorian_day(value)})"
