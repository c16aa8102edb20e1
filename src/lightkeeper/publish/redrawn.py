"""A chart with its words in another language: the same drawing, so that no chart is computed twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

from lightkeeper.publish import solar
from lightkeeper.publish.pieces import is_latin, right_to_left

FONT = "Vazirmatn, 'Noto Sans Arabic', 'Segoe UI', Tahoma, 'DejaVu Sans', sans-serif"
PAD_PX = 36
"""Room on the left, since the drawing was laid out for English words and Persian ones may be wider."""
WORD_PX = 24
"""How much further left the name of an axis goes where its numbers hold a word: `120k` is `۱۲۰ هزار`."""
_SIZE = re.compile(r'<svg([^>]*?) width="([0-9.]+)"([^>]*?) viewBox="0 0 ([0-9.]+) ([0-9.]+)"')
_TEXT = re.compile(r"(<(text|title|desc)\b[^>]*>)([^<]+)(</\2>)")
_FONT = re.compile(r'font-family="[^"]*"')
_NUMBER = re.compile(r"[-−]?[0-9,.]+")
_LARGE = re.compile(r"([-−]?[0-9,.]+)([kMG])")
_UPRIGHT = re.compile(r"translate\((-?[0-9.]+),(-?[0-9.]+)\) rotate\(-90\)")
_THOUSANDS = {"k": "هزار", "M": "میلیون", "G": "میلیارد"}
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_WEEKDAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
_TICK = re.compile(r"(?:([0-9]{1,2}) )?([A-Z][a-z]{2,8})(?: ([0-9]{1,4}))?")
_HOUR = re.compile(r"([0-9]{2}) ([AP])M")


def redrawn(svg: str, tell: Callable[[str], str]) -> str:
    """The SVG with each of its words said by `tell`, and with Persian digits.

    Times of day stay as they are. A text that holds words of this language is set from right to left; its place in
    the drawing does not change.
    """

    def said(found: re.Match[str]) -> str:
        text = unescape(found[3])
        made = _tick(text) or tell(text)
        if found[2] == "text" and made != text and not is_latin(made) and not _NUMBER.fullmatch(text):
            made = right_to_left(made)
        return f"{found[1]}{escape(made, quote=False)}{found[4]}"

    drawn = _FONT.sub(f'font-family="{FONT}"', svg)
    if any(_LARGE.fullmatch(found[3]) for found in _TEXT.finditer(svg)):
        drawn = _UPRIGHT.sub(lambda at: f"translate({float(at[1]) - WORD_PX:g},{at[2]}) rotate(-90)", drawn)
    return _TEXT.sub(said, _SIZE.sub(_padded, drawn, count=1))


def _padded(found: re.Match[str]) -> str:
    width, room = float(found[2]) + PAD_PX, float(found[4]) + PAD_PX
    return f'<svg{found[1]} width="{width:g}"{found[3]} viewBox="-{PAD_PX} 0 {room:g} {found[5]}"'


def _tick(text: str) -> str | None:
    """A label of an axis: a number, an hour, a month, or a month or weekday with a day."""
    if _NUMBER.fullmatch(text):
        return solar.number(text)
    if large := _LARGE.fullmatch(text):
        return f"{solar.number(large[1])} {_THOUSANDS[large[2]]}" if large[1] != "0" else solar.number("0")
    if hour := _HOUR.fullmatch(text):
        return f"{int(hour[1]) % 12 + 12 * (hour[2] == 'P'):02d}:00"
    found = _TICK.fullmatch(text)
    name = found and found[2][:3]
    if found is None or name not in _MONTHS + _WEEKDAYS:
        return None
    said = solar.GREGORIAN[_MONTHS.index(name)] if name in _MONTHS else solar.WEEKDAYS[_WEEKDAYS.index(name)]
    number = found[1] or found[3]
    if not number:
        return said
    after = name in _WEEKDAYS or len(number) == 4  # `دوشنبه ۵`, `ژانویه ۲۰۲۶`; but `۸ ژانویه`
    return f"{said} {solar.digits(number.lstrip('0'))}" if after else f"{solar.digits(int(number))} {said}"
