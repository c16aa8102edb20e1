"""Send notices as a person does, and die by SIGKILL at a moment that is named: for tests of notices.

python killed_notify.py MOMENT notify send FILE …
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from lightkeeper import cli
from lightkeeper.publish.notices import sending
from lightkeeper.run import notifying
from lightkeeper.store.delivery_log import DeliveryLog

REAL_APPEND, REAL_SEND = DeliveryLog.append, sending.send


def die() -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def append(self: DeliveryLog, row: Any) -> Any:
    """Die before the row of a state is written, or after it."""
    when, _, state = sys.argv[1].partition(" ")
    if row.state == state and when == "before":
        die()
    head = REAL_APPEND(self, row)
    if row.state == state and when == "after":
        die()
    return head


class Dying(notifying.Notifier):
    """A notifier that dies in the middle of sending, where that is the moment."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if sys.argv_moment == "when sent":  # type: ignore[attr-defined]
            self._sender = lambda *a: (REAL_SEND(*a), die())[0]


if __name__ == "__main__":
    sys.argv_moment = sys.argv[1]  # type: ignore[attr-defined]
    DeliveryLog.append = append  # type: ignore[method-assign]
    notifying.Notifier = Dying  # type: ignore[misc]
    moment = sys.argv
    cli_arguments = sys.argv[2:]
    sys.argv = ["lightkeeper", sys.argv[1]]

    import typer

    try:
        typer.main.get_command(cli.app).main(cli_arguments, prog_name="lightkeeper")
    except SystemExit as end:
        raise SystemExit(end.code) from None
