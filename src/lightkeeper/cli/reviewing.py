"""The commands of review: incident list, show, merge, split, promote, dispute, retract."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from lightkeeper.cli.shared import Data, Json, err_console, out_console, settings_of

if TYPE_CHECKING:
    from lightkeeper.model.act import Act, Verb
    from lightkeeper.run.reviewing import Reviewed

app = typer.Typer(
    no_args_is_help=True,
    help="See and review the incidents of a case. Acts are added to its reviews.jsonl; nothing is ever taken away.",
)
CaseFolder = Annotated[Path, typer.Argument(help="A case folder, such as cases/iran-2021-election")]
One = Annotated[str, typer.Argument(help="Id of the incident, or its begin")]
By = Annotated[str, typer.Option("--by", help="Your name: you sign with it")]
Because = Annotated[str, typer.Option("--because", help="Why, in a sentence")]
TORN = "The last line of reviews.jsonl was cut off and is no act; the next act moves it to reviews.jsonl.torn"
UNCHARTED = "The case was not built here, so events detected in its series are missing: run `lightkeeper case build`"


@app.command("list")
def list_(folder: CaseFolder, data: Data = None, as_json: Json = False) -> None:
    """List the incidents of a case as they stand now, with their rungs."""
    now = _review(folder, data)
    if as_json:
        import msgspec

        sys.stdout.write(msgspec.json.encode(now.incidents).decode() + "\n")
        return
    table = Table("id", "rung", "what", "signed by", "acts")
    for one in now.incidents:
        signed, acts = escape(", ".join(one.reviewers)), str(len(one.history)) if one.history else ""
        table.add_row(one.incident_id, one.rung, escape(one.title), signed, acts)
    out_console.print(table)


@app.command("show")
def show(folder: CaseFolder, incident: One, data: Data = None, as_json: Json = False) -> None:
    """Show one incident: its rung and why, its members, the causes it may have had, and its history."""
    from lightkeeper.run.reviewing import as_told, find

    now = _review(folder, data)
    one = find(now, incident)
    if as_json:
        import msgspec

        sys.stdout.write(msgspec.json.encode(as_told(now, one)).decode() + "\n")
        return

    def say(text: str) -> None:
        out_console.print(text, soft_wrap=True, markup=False, highlight=False)

    say(f"{one.incident_id}: {one.title}\n{one.rung}: {one.rung_reason}")
    say(f"Events: {', '.join(one.events) or 'none'}\nDocuments: {', '.join(one.documents) or 'none'}")
    say("".join(f"\nAgainst it: {sentence}" for sentence in one.contrary).lstrip())
    for h in now.hypotheses:
        if h.incident_id == one.incident_id:
            weight = f", weight {h.weight:g} ({h.weight_note})" if h.weight is not None else ""
            say(f"\n{h.cause.replace('_', ' ')}: {h.standing}{weight}")
            say("".join(f"  + {s}\n" for s in h.evidence_for) + "".join(f"  - {s}\n" for s in h.evidence_against)
                + (f"  ? not known: {', '.join(h.not_known)}" if h.not_known else ""))  # fmt: skip
    say("\n".join(["\nHistory:", *(one.history or ["nobody has acted on it"])]))


@app.command("merge")
def merge(
    folder: CaseFolder, incidents: Annotated[list[str], typer.Argument(help="Two ids or more")], by: By,
    because: Because, data: Data = None,
) -> None:  # fmt: skip
    """Put incidents together. A later split undoes it."""
    _act(folder, "merge", incidents, by, because, data)


@app.command("split")
def split(
    folder: CaseFolder, incident: One, by: By, because: Because,
    member: Annotated[list[str], typer.Option("--member", help="Event or document that leaves; may be repeated")],
    data: Data = None,
) -> None:  # fmt: skip
    """Make some members of an incident one of their own. A later merge undoes it."""
    _act(folder, "split", [incident], by, because, data, member)


@app.command("promote")
def promote(folder: CaseFolder, incident: One, by: By, because: Because, data: Data = None) -> None:
    """Sign the attribution of an incident. Two different people must, and a document must name who ordered it."""
    _act(folder, "promote", [incident], by, because, data)


@app.command("dispute")
def dispute(folder: CaseFolder, incident: One, by: By, because: Because, data: Data = None) -> None:
    """Dispute an incident. It stands as disputed until two people sign after you."""
    _act(folder, "dispute", [incident], by, because, data)


@app.command("retract")
def retract(folder: CaseFolder, incident: One, by: By, because: Because, data: Data = None) -> None:
    """Retract an incident. It stays visible, as retracted, with your reason, until two people sign after you."""
    _act(folder, "retract", [incident], by, because, data)


def _review(folder: Path, data: Path | None) -> Reviewed:
    from lightkeeper.run.reviewing import review

    now = review(folder, settings_of(data))
    if now.torn:
        err_console.print(f"[yellow]{TORN}[/]", soft_wrap=True)
    if not now.charted:
        err_console.print(f"[yellow]{UNCHARTED}[/]", soft_wrap=True)
    return now


def _act(
    folder: Path,
    verb: Verb,
    names: list[str],
    by: str,
    because: str,
    data: Path | None,
    members: list[str] | None = None,
) -> None:
    from lightkeeper.run.reviewing import act_on

    done: Act = act_on(folder, settings_of(data), verb, names, by=by, because=because, members=members or [])
    now = _review(folder, data)
    touched = {*done.events, *done.documents}
    out_console.print(f"Act {done.number} is written to {folder / 'reviews.jsonl'}.", soft_wrap=True, markup=False)
    for one in now.incidents:
        if touched & {*one.events, *one.documents}:
            text = f"{one.incident_id} is {one.rung}: {one.rung_reason}"
            out_console.print(text, soft_wrap=True, markup=False, highlight=False)
    out_console.print("Build the case again to bring it to its pages.")
