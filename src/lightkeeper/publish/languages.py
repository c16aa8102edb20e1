"""Languages: what each has of its own beside its words, as values. Plural rules stand in its catalogue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple

from babel import Locale

from lightkeeper.publish import solar, times

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


class Language(NamedTuple):
    """One language. Its comma, semicolon and colon are messages of its catalogue, as all words are."""

    code: str
    name: str
    """Its name in itself."""
    direction: str = "ltr"
    weight: float = 1.0
    """Bytes of a page for each byte of the same page in English."""
    is_whole: bool = False
    """Whether all pages are written in it; else the page of answers and the letters alone are."""
    last: str = " and "
    """What stands before the last of a list."""
    counted_term: str = "{n} {term}"
    """How an answer is counted: `3 met`."""
    units: tuple[str, str, str] | None = None
    """Words for days, hours and minutes, where they have one form for all numbers."""
    number: Callable[[str], str] = str
    """A number such as `1,234.5` with the digits and marks of the language."""
    day: Callable[[date | datetime], str] = times.long_day
    alphabet: str = ""
    """Letters in the order of the language, where that is not the order of Latin ones."""
    written_as: tuple[str, str, str] = ("", "", "")
    """Letters that stand as others in that order, those others, and signs that do not count."""

    @property
    def folder(self) -> str:
        """Folder of its pages below that of the case."""
        return "" if self.code == "en" else f"{self.code}/"


def _number_of(code: str) -> Callable[[str], str]:
    """How a number is written, by the data of Babel (CLDR): its usual digits, its marks, its sign of per cent."""
    locale = Locale(code)
    symbols = locale.number_symbols[locale.default_numbering_system]
    if locale.default_numbering_system != "latn":
        raise ValueError(f"{code} is written with other digits by now: give its digits here")
    percent = locale.percent_formats[None].pattern.removeprefix("#,##0")
    marks = str.maketrans({",": symbols["group"], ".": symbols["decimal"], "%": percent})
    return lambda text: text.translate(marks)


def _day_of(code: str, first: str = "1") -> Callable[[date | datetime], str]:
    """A day in the Gregorian calendar with the months of Babel. `first` is how the first of a month is written."""
    months = Locale(code).months["format"]["wide"]
    return lambda value: f"{first if value.day == 1 else value.day} {months[value.month]} {value.year}"


ENGLISH = Language("en", "English", is_whole=True)
PERSIAN = Language(
    code="fa",
    name="فارسی",
    direction="rtl",
    weight=1.5,
    is_whole=True,
    last=" و ",
    units=("روز", "ساعت", "دقیقه"),
    number=solar.number,
    day=solar.both_days,
    alphabet="ءآابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی",
    written_as=("أإٱؤئةيك", "اااویهیک", "\u200c\u200d\u0640"),
)
FRENCH = Language(
    code="fr",
    name="Français",
    weight=1.2,
    last=" et ",
    counted_term="{term}\u202f: {n}",
    number=_number_of("fr"),
    day=_day_of("fr", first="1er"),
)
ARABIC = Language(
    code="ar",
    name="العربية",
    direction="rtl",
    weight=1.5,
    last=" و",
    counted_term="{term}: {n}",
    number=_number_of("ar"),
    day=_day_of("ar"),
    alphabet="ءابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    written_as=("أإآٱؤئةىیک", "ااااويهييك", "\u200c\u200d\u0640"),
)
"""Western digits: those that Babel gives for Arabic as such. The Maghreb reads no others, the Mashriq reads both, and
ids, hours and addresses beside them have the same."""
LANGUAGES = {one.code: one for one in (ENGLISH, PERSIAN, FRENCH, ARABIC)}
WHOLE = tuple(one for one in LANGUAGES.values() if one.is_whole)
"""The languages in which all of a record can be said, and all its pages are."""


def date_of(text: str) -> date | None:
    """The day that `18 June 2021` or `18 Jun 2021` is."""
    number, month, year = text.split(" ")
    if month[:3] not in _MONTHS:
        return None
    try:
        return date(int(year), _MONTHS.index(month[:3]) + 1, int(number))
    except ValueError:
        return None
