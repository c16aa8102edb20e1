"""The commands of notices: notify check, notify try, notify send, notify log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lightkeeper.cli.shared import DAMAGED, SOME_SET_ASIDE, Data, Json, err_console, out_console, settings_of
from lightkeeper.errors import SourceUnavailable

if TYPE_CHECKING:
    from lightkeeper.model import Delivery
    from lightkeeper.run.notifying import Planned, Post
    from lightkeeper.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Send what was told: by e-mail, Telegram, Matrix, Mastodon or webhook.")
UNANSWERED = SourceUnavailable.exit_code
File = Annotated[Path, typer.Argument(help="The channels: a file such as notices.toml")]
Country = Annotated[str | None, typer.Option("--cc", help="Only this country")]
After = Annotated[
    int | None, typer.Option(help="A new channel gets what was told after this entry; without it, only what comes")
]


@app.command("check")
def check(file: File, data: Data = None, as_json: Json = False) -> None:
    """Read the channels, look for their secrets in the environment and for their servers. Nothing is sent.

    Exit code 5 if a server cannot be used.
    """
    import msgspec

    from lightkeeper.run.notifying import post_of, problems

    post = post_of(file)
    wrong = problems(post, settings_of(data))
    for channel in post.channels:
        said = wrong.get(channel.name, "")
        if as_json:
            told = {"channel": channel.name, "kind": channel.kind, "problem": said or None}
            typer.echo(msgspec.json.encode(told | {"secrets": list(channel.secrets)}).decode())
        else:
            where = ", ".join(channel.countries) or "all countries"
            line = said or f"{channel.kind}, {channel.language}, {channel.when}, {where}: it can be used"
            _print(f"{channel.name}: {line}")
    if wrong:
        raise typer.Exit(UNANSWERED)


@app.command("try")
def try_out(
    file: File,
    channel: Annotated[str, typer.Option(help="The name of the channel, as the file has it")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Send one message that says that it is a trial, so that a channel is known to work before it is needed.

    It is not logged. Exit codes: 0 the other side took it, 3 it may have, 5 it did not.
    """
    from datetime import UTC, datetime

    import msgspec

    from lightkeeper.run.notifying import post_of
    from lightkeeper.run.notifying import try_out as tried

    found = tried(post_of(file), channel, settings_of(data), datetime.now(UTC))
    if as_json:
        told = {"channel": channel, "state": found.state, "reason": found.reason or None}
        typer.echo(msgspec.json.encode(told).decode())
    else:
        why = f": {found.reason}" if found.reason else ""
        words = {"sent": "sent: look whether it came", "failed": "not sent", "in_doubt": "may have been sent, or not"}
        _print(f"{channel}: {words[found.state]}{why}")
    if found.state != "sent":
        raise typer.Exit(UNANSWERED if found.state == "failed" else SOME_SET_ASIDE)


@app.command("send")
def send(
    file: File,
    country: Country = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Also what may have been sent already, and what waits for another try")
    ] = False,
    after: After = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Send all that was told and is due: each entry at most once to each channel. Run it as often as you like.

    Exit codes: 0 all was taken, 3 something is in doubt, 5 a channel did not take a notice, 4 a log was changed.
    """
    from lightkeeper.run.notifying import Notifier, post_of

    settings, post = settings_of(data), post_of(file)
    states: set[str] = set()
    for code in _countries(country, settings):
        if dry_run:
            _show_planned(Notifier(code, post, settings).planned(after=after, again=again), as_json=as_json)
            continue
        notifier = Notifier(code, post, settings, lambda row: _show_row(row, as_json=as_json), _warn)
        turn = notifier.turn(again=again, after=after)
        states |= {row.state for row in turn.rows}
        if not as_json:
            _show_held(post, code, turn.held)
    if "failed" in states:
        raise typer.Exit(UNANSWERED)
    if "in_doubt" in states:
        raise typer.Exit(SOME_SET_ASIDE)


@app.command("log")
def log(
    country: Country = None,
    channel: Annotated[str | None, typer.Option(help="Only this channel")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """What became of each notice. Exit code 4 if the log was changed; the sound part is shown."""
    import msgspec

    from lightkeeper.sources import checked
    from lightkeeper.store.delivery_log import DeliveryLog, countries_delivered

    tables, bad = settings_of(data).data_dir / "tables", False
    codes = [checked.asked_country(country)] if country else countries_delivered(tables)
    if not codes:
        err_console.print(
            "Nothing was sent from here yet: `lightkeeper notify send notices.toml` begins", soft_wrap=True
        )
    for code in codes:
        found = DeliveryLog(tables, code).check()
        for row in found.entries:
            if channel is None or row.channel == channel:
                line = f"{row.seq:>5} {row.at:%Y-%m-%d %H:%M:%S}Z {code} {delivery_line(row)}"
                typer.echo(msgspec.json.encode(row).decode()) if as_json else _print(line)
        if found.problem:
            bad = True
            err_console.print(f"{code}: {found.problem.what}", style="red", markup=False, soft_wrap=True)
    if bad:
        raise typer.Exit(DAMAGED)


def delivery_line(row: Delivery) -> str:
    """A row of the log of deliveries in words."""
    about = f" about {_numbers(row.entries)}" if row.entries else ""
    if row.state == "begun":
        return f"{row.channel}: begins {f'after entry {row.entries[-1]}' if row.entries else 'with the first entry'}"
    if row.state == "left_out":
        return f"{row.channel}: leaves out {_numbers(row.entries)}"
    tried = f", try {row.attempt}" if row.attempt > 1 else ""
    then = f"; next try {row.next_try_at:%Y-%m-%d %H:%M}Z" if row.next_try_at else ""
    words = {"intent": "sending", "sent": "sent", "failed": "not sent", "in_doubt": "may have been sent, or not"}
    why = f": {row.reason}" if row.reason else ""
    return f"{row.channel}: {words.get(row.state, row.state)}: {row.purpose}{about}{tried}{why}{then}"


def _countries(country: str | None, settings: Settings) -> list[str]:
    from lightkeeper.run.notifying import countries
    from lightkeeper.sources import checked

    found = [checked.asked_country(country)] if country else countries(settings)
    if not found:
        err_console.print("Nothing was ever told here: `lightkeeper watch --cc IR` begins", soft_wrap=True)
    return found


def _show_planned(planned: list[Planned], *, as_json: bool) -> None:
    import msgspec

    for one in planned:
        parcel, channel = one.parcel, one.channel
        if as_json:
            told: dict[str, Any] = {
                "country": parcel.country, "channel": channel.name, "kind": channel.kind, "notice": parcel.notice,
                "purpose": parcel.purpose, "entries": [e.seq for e in parcel.entries], "attempt": one.attempt,
                "subject": parcel.message.subject, "text": parcel.message.text, "exactly": one.exactly,
            }  # fmt: skip
            typer.echo(msgspec.json.encode(told).decode())
        else:
            about = _numbers([e.seq for e in parcel.entries]) or "no entry"
            _print(f"--- {channel.name} ({channel.kind}): {parcel.purpose} about {about} of {parcel.country}")
            _print(f"{one.exactly}\n")
    if not planned and not as_json:
        err_console.print("Nothing is due. A new channel gets only what comes; --after 0 shows it all.")


def _show_row(row: Delivery, *, as_json: bool) -> None:
    import msgspec

    if as_json:
        typer.echo(msgspec.json.encode(row).decode())
    elif row.state != "intent":
        _print(f"{row.country} {delivery_line(row)}")


def _show_held(post: Post, code: str, held: dict[str, tuple[int, ...]]) -> None:
    for channel in post.of(code):
        if held.get(channel.name):
            err_console.print(
                f"{code} {channel.name}: {_numbers(held[channel.name])} must wait (digest, quiet hours or another try)",
                soft_wrap=True,
            )


def _numbers(entries: list[int] | tuple[int, ...]) -> str:
    if not entries:
        return ""
    many = len(entries) > 6
    return f"{'entries' if len(entries) > 1 else 'entry'} " + (
        f"{entries[0]} to {entries[-1]} ({len(entries)})" if many else ", ".join(map(str, entries))
    )


def _warn(text: str) -> None:
    err_console.print(text, style="yellow", soft_wrap=True, markup=False, highlight=False)


def _print(line: str) -> None:
    out_console.print(line, soft_wrap=True, markup=False, highlight=False)
