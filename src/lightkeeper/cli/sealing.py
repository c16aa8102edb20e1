"""Commands for evidence: make a key, seal a case, make a case again from a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from lightkeeper.cli.shared import DAMAGED, Data, Json, err_console, out_console, settings_of
from lightkeeper.errors import InputError

if TYPE_CHECKING:
    from lightkeeper.run.sealing import Sealed

app = typer.Typer()
key_app = typer.Typer(no_args_is_help=True, help="The key that seals bundles.")
SignWith = Annotated[Path | None, typer.Option("--sign-with", help="Another private key than that of the data folder")]


@key_app.command("new")
def key_new(
    out: Annotated[Path | None, typer.Option("--out", help="Where to write it; only its owner may read it")] = None,
    data: Data = None,
) -> None:
    """Make an Ed25519 key. A key that is there is never overwritten. Publish its fingerprint; keep the key."""
    from lightkeeper.evidence.keys import make_key
    from lightkeeper.run.sealing import key_path

    path = out or key_path(settings_of(data))
    made = make_key(path)
    out_console.print(f"Key: {escape(str(path))}. Keep it where only you can read it, with a copy elsewhere.")
    out_console.print(f"Fingerprint, for your site and letterhead:\n{made.fingerprint}", soft_wrap=True)


@key_app.command("show")
def key_show(data: Data = None, sign_with: SignWith = None) -> None:
    """Print the fingerprint and the public key, and nothing of the private one."""
    from lightkeeper.evidence.keys import load_key
    from lightkeeper.run.sealing import key_path

    found = load_key(sign_with or key_path(settings_of(data)))
    typer.echo(found.fingerprint)
    typer.echo(found.pem.decode().strip())


@app.command()
def seal(
    folder: Annotated[Path, typer.Argument(metavar="CASE", help="A case folder, such as cases/iran-2021-election")],
    into: Annotated[Path, typer.Option(help="Folder for the bundles")] = Path("sealed"),
    by: Annotated[str | None, typer.Option(help="Who seals: an organisation or a person, as it shall be read")] = None,
    pack: Annotated[str | None, typer.Option(help="Also as one file: zip or tar")] = None,
    redact: Annotated[bool, typer.Option("--redact", help="Also a twin without probes and named people")] = False,
    withhold: Annotated[list[str] | None, typer.Option(help="A name that the twin must not hold; repeat it")] = None,
    show: Annotated[list[str] | None, typer.Option(help="A reviewer who agreed to be named in the twin")] = None,
    timestamp: Annotated[str | None, typer.Option(help="URL of a time stamp server; it learns a hash, no more")] = None,
    sign_with: SignWith = None,
    demonstration: Annotated[
        bool, typer.Option("--demonstration", help="Sign with a key for trying out, made here where there is none")
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Build a case and seal all that it rests on into a bundle that a stranger can verify. See docs/guide/evidence.md.

    A bundle that does not come out the same when it is made again from itself alone is not signed.
    """
    import msgspec

    from lightkeeper.run.sealing import NOBODY, UNNAMED, Wish, demonstration_key, seal_case

    if demonstration and (sign_with or by):
        remedy = "Leave out --demonstration to seal in a name, or --sign-with and --by to try it out"
        raise InputError("A demonstration is sealed in nobody's name", remedy=remedy)
    settings = settings_of(data)
    wanted = {"seal_key": demonstration_key(settings) if demonstration else sign_with, "timestamp_url": timestamp}
    settings = settings.model_copy(update={k: v for k, v in wanted.items() if v is not None})
    who = by or (NOBODY if demonstration else UNNAMED)
    wish = Wish(by=who, pack_as=pack, redact=redact, withhold=withhold or (), show=show or ())
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err_console) as progress:
        task = progress.add_task(folder.name, total=None)

        def on_step(what: str) -> None:
            progress.update(task, description=f"{folder.name}: {what}")

        made = seal_case(folder, into, settings, wish, on_step=on_step)
    for one in made:
        if as_json:
            typer.echo(msgspec.json.encode(one, enc_hook=str).decode())
        else:
            _print_sealed(one)
    if demonstration and not as_json:
        _print_demonstration(settings.seal_key, folder)


def _print_sealed(one: Sealed) -> None:
    word = "Sealed" if one.new else "Sealed before, and still sound"
    out_console.print(f"{word}: {escape(str(one.folder))} ({one.kind}, {one.files} files)", soft_wrap=True)
    if one.packed:
        out_console.print(f"As one file: {escape(str(one.packed))}", soft_wrap=True)
    out_console.print(f"Key: {one.fingerprint}", soft_wrap=True)
    if one.stamp:
        out_console.print(f"Time stamp: {one.stamp.at:%Y-%m-%d %H:%M:%S} UTC by {escape(one.stamp.by)}", soft_wrap=True)
    elif one.no_stamp:
        out_console.print(f"Time stamp: {escape(one.no_stamp)}", soft_wrap=True)
    for terms in one.terms:
        out_console.print(f"[yellow]It holds files under terms:[/] {escape(terms)}", soft_wrap=True)


def _print_demonstration(key: Path | None, folder: Path) -> None:
    out_console.print(f"This key is for trying out. It was made on this machine and lies in {escape(str(key))}.")
    out_console.print("The seal shows that nothing was changed since. It does not show who sealed: for that, once")
    out_console.print("    lightkeeper key new        and publish the fingerprint that it prints", soft_wrap=True)
    out_console.print(f'    lightkeeper seal {escape(str(folder))} --by "Your organisation"', soft_wrap=True)


@app.command()
def replay(
    bundle: Annotated[Path, typer.Argument(help="A sealed bundle: its folder, zip or tar")],
    ruleset: Annotated[str | None, typer.Option("--ruleset", help="Judge by these rules, not by the bundle's")] = None,
    as_json: Json = False,
) -> None:
    """Make measurement, verdict, ledger and pages again from a bundle alone, and compare byte for byte.

    Exit code 4 where anything differs; the first difference is named.
    """
    import msgspec

    from lightkeeper.run.replay import replay as make_again
    from lightkeeper.run.verifying import opened_bundle

    with opened_bundle(bundle) as folder, Progress(console=err_console, transient=True) as progress:
        task = progress.add_task("Verify the bundle", total=None)
        found = make_again(folder, ruleset=ruleset, on_step=lambda what: progress.update(task, description=what))
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        for caution in found.cautions:
            err_console.print(f"[yellow]{escape(caution)}[/]", soft_wrap=True)
        for one in found.differences[:20]:
            out_console.print(f"[red]differs[/] {escape(str(one))}", soft_wrap=True)
        same = found.compared - len(found.differences)
        out_console.print(
            f"{found.case_id}: {same} of {found.compared} files came out byte for byte, judged by {found.ruleset}",
            soft_wrap=True,
        )
    if found.differences:
        raise typer.Exit(DAMAGED)
