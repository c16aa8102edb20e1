"""Run the command line as a person does, and die by SIGKILL at a moment that is named: for tests of the watch.

python killed_watch.py MOMENT watch --cc IR --once …
"""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from lightkeeper import cli
from lightkeeper.archive import atomic
from lightkeeper.sources import series_fetch
from lightkeeper.sources.web import Web
from lightkeeper.store import chained_log


def die(*_args: Any, **_more: Any) -> Any:
    """As `kill -9`: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(moment: str) -> None:
    """Arrange to die at one moment."""
    if moment == "half a line of the log":
        real = os.write
        chained_log.os = _With(os, write=lambda number, data: (real(number, data[: len(data) // 2]), die()))  # type: ignore[attr-defined]
    elif moment == "before the log is flushed":
        chained_log.os = _With(os, fsync=die)  # type: ignore[attr-defined]
    elif moment == "before the head of the log":
        chained_log.ChainedLog._write_head = die  # type: ignore[method-assign]
    elif moment == "in the middle of a part":
        real_table = pq.write_table
        pq.write_table = lambda table, where, **more: (Path(where).write_bytes(b"PAR1 half"), die(), real_table)
    elif moment == "before the state is in place":
        real_replace = atomic.replace_file
        atomic.replace_file = lambda made, final: die() if final.name == "IR.json" else real_replace(made, final)
    elif moment == "while raw bytes are stored":
        atomic.publish_folder = die
    elif moment != "never":
        raise SystemExit(f"no such moment: {moment}")


class _With:
    """A module with some of its functions replaced, for one other module only."""

    def __init__(self, module: Any, **replaced: Any) -> None:
        self._module, self.__dict__ = module, {"_module": module, **replaced}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job is started with it ignored
    series_fetch.Web = partial(Web, sleep=lambda _s: None)  # type: ignore[misc]
    die_at(sys.argv[1])
    sys.argv = ["lightkeeper", *sys.argv[2:]]
    cli.main()
