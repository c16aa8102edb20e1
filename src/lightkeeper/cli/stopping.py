"""Stop: what a command says and leaves when Ctrl-C or TERM asks it to end; exit codes are those of shells."""

from __future__ import annotations

import contextlib
import signal
from types import FrameType

STOPPED = "Stopped. Run the same command again to go on; what was done is kept."


class Stopped(SystemExit):
    """A signal asked the command to end. No `except Exception` catches it, and every `finally` is run."""


def listen() -> None:
    """Turn SIGINT and SIGTERM into Stopped, in the main thread. A second one of a kind ends the process at once.

    A job that a shell began in the background ignores SIGINT, and goes on doing so.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            with contextlib.suppress(ValueError):  # not in the main thread: whoever calls from there knows
                signal.signal(number, _stop)


def _stop(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)
    raise Stopped(128 + number)
