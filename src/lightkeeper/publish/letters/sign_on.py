"""The sign-on sheet: for organisations that are asked to sign a letter. As a CSV file, and as a page to print."""

from __future__ import annotations

import csv
import io

from lightkeeper.publish.letters.blocks import Block, Items, Letter, Line, Para, Table
from lightkeeper.publish.letters.parts import Setting
from lightkeeper.publish.text import csv_field
from lightkeeper.publish.tongue import Tongue

EMPTY_ROWS = 14
"""Rows to write in, on one page of paper."""
NAME = "sign-on"


def sheet(at: Setting, words: dict[str, str], made: Line) -> Letter:
    """The page to print: which letter, what signing means, and empty rows."""
    w = at.write
    letters = (
        w.word("the letter before: what is asked, and why"),
        w.word("the letter during: what has happened so far"),
        w.word("the letter after: what became of each ask"),
    )
    body: list[Block] = [
        Para(w.line(w.word("We have read this letter and sign it in the name of our organisation:"))),
        Items(tuple(w.line((*w.sign("☐ "), *spans)) for spans in letters)),
        Table(
            tuple(w.line(name) for name in (w.say.word("No."), *columns(w.say))),
            tuple((w.line(w.say.number(n)), *(Line(()) for _ in columns(w.say))) for n in range(1, EMPTY_ROWS + 1)),
        ),
        Para(
            w.line(
                w.word(
                    "Names of people stay with those who collect this sheet. Only the name of the organisation goes "
                    "into the case and the letter."
                )
            )
        ),
    ]
    return Letter(
        name=NAME,
        language=w.say.code,
        direction=w.say.direction,
        title=w.line(w.word("Sign-on sheet: %(event)s", event=w.outside(at.book.case.event.name))),
        draft=(),
        head=(),
        body=tuple(body),
        foot=(),
        notes=(),
        made=made,
        words=words,
    )


def columns(say: Tongue) -> tuple[str, ...]:
    """The columns of the sheet, on paper and as a file."""
    return (
        say.word("Organisation"),
        say.word("Country"),
        say.word("Name and role"),
        say.word("Signature"),
        say.word("Day"),
    )


def sheet_csv(at: Setting) -> str:
    """The sheet as CSV: a row for each organisation that signed the published letter, with the rest left empty."""
    say = at.write.say
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    head = [*columns(say)[:3], say.word("E-mail"), say.word("Letter (before, during, after)"), say.word("Agreed on")]
    writer.writerow([csv_field(name) for name in head])
    for name in sorted(at.published.signatories, key=say.order):
        writer.writerow([csv_field(name), *[""] * (len(head) - 1)])
    return "\ufeff" + out.getvalue()
