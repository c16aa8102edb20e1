"""Commands for letters: write them, sign them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from lightkeeper.cli.shared import Data, Json, day, err_console, out_console, settings_of

app = typer.Typer()
CaseFolder = Annotated[Path, typer.Argument(metavar="CASE", help="A case folder, such as cases/iran-2021-election")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="`during`: last local day that it speaks of, YYYY-MM-DD")]


@app.command()
def letter(
    folder: CaseFolder,
    when: Annotated[list[str] | None, typer.Option(help="before, during or after; all where none is named")] = None,
    form: Annotated[
        list[str] | None, typer.Option("--format", help="html, pdf, docx, md or txt; all without it")
    ] = None,
    lang: Annotated[
        list[str] | None, typer.Option(help="en, fa, fr or ar; those of the case where none is named")
    ] = None,
    out: Annotated[str, typer.Option(help="Folder for the files; - prints one letter")] = "letters",
    as_of: AsOf = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Write the letters of a case: before (what is asked), during (what happened so far), after (what became of it).

    Each is a draft until two named people have signed its text: `lightkeeper letter-sign`.
    """
    import msgspec

    from lightkeeper.run.letters import Wish, letter_text, write_letters

    last = day(as_of) if as_of else None
    wish = Wish(whens=when or (), forms=form or (), languages=lang or (), as_of=last)
    if out == "-":
        sys.stdout.buffer.write(letter_text(folder, settings_of(data), wish))
        return
    made = write_letters(folder, Path(out), settings_of(data), wish)
    if as_json:
        typer.echo(msgspec.json.encode(made, enc_hook=str).decode())
        return
    for one in made:
        out_console.print(escape(str(one.path)), soft_wrap=True)
    drafts = list(dict.fromkeys(one.letter for one in made if one.draft))
    if drafts:
        err_console.print(
            f"Drafts, until two people sign: {', '.join(drafts)} (`lightkeeper letter-sign`)", soft_wrap=True
        )


@app.command("letter-sign")
def letter_sign(
    folder: CaseFolder,
    when: Annotated[str, typer.Option(help="before, during or after")],
    by: Annotated[str, typer.Option(help="Your name: you sign with it")],
    because: Annotated[str | None, typer.Option(help="What you want to say about it")] = None,
    as_of: AsOf = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take your signature back")] = False,
    data: Data = None,
) -> None:
    """Sign a letter as it reads now. Two different people must; when a word of it changes, it is a draft again."""
    from lightkeeper.run.letters import READ, sign_letter

    last = day(as_of) if as_of else None
    done = sign_letter(folder, settings_of(data), when, by=by, because=because or READ, as_of=last, withdraw=withdraw)
    out_console.print(f"Act {done.act.number} is written to {escape(str(folder / 'reviews.jsonl'))}.", soft_wrap=True)
    left = done.needed - done.people
    state = f"a draft: {left} more must sign" if left > 0 else "no draft any more"
    out_console.print(f"The letter {when} is {state}. Build the case again to bring it to its pages.", soft_wrap=True)
