"""Real: panels of real series with what is known of them, from a folder of the user."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lightkeeper.errors import InputError
from lightkeeper.evaluate import files
from lightkeeper.evaluate.compare import SLOW, Progress, Row, all_detectors, run
from lightkeeper.evaluate.detection import Detection, Detector
from lightkeeper.evaluate.echoes import echoes
from lightkeeper.evaluate.known import KNOWN, QUIET, Known, second
from lightkeeper.evaluate.ours import Engine
from lightkeeper.evaluate.truth import Moved, Panel, Span, Truth
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.naming import named

Reader = Callable[[Path], Iterator[files.Cell]]
READERS: dict[str, tuple[str, Reader]] = {
    "ioda-iran-2026": ("series/ioda-iran-2026", files.ioda_iran),
    "monash-iran-2019": ("series/monash/irn-2019-11-11_gif.csv", files.monash_iran),
    "monash-laura-2020": ("series/monash/usa-2020-08-31_HurrLaura.csv", files.monash_laura),
    "google-youtube": ("series/google-youtube", files.youtube),
    "mlab-venezuela-2014": ("series/mlab/ndt-VE-2014-01-01-to-05-30.csv.gz", files.mlab_venezuela),
    "ooni-brazil-2019": ("ooni/series_womenonwaves_BR_2018.json", files.ooni_brazil),
    "tor-users": ("series/tor-users-2011-2016.csv.gz", files.tor_users),
}
"""Where each panel lies in the folder, and how it is read."""
BROKEN = (ValueError, KeyError, TypeError, OSError, EOFError, zlib.error)
"""What a file raises that is not what its name says."""
KERNEL_STEPS_MAX = 5_000
"""The kernel of PELT is left out of longer panels: it costs the square of the steps."""
DAY_S = 86_400


def compare_real(
    engine: Engine, folder: Path, *, quick: bool = False, progress: Progress | None = None
) -> tuple[list[Row], list[str]]:
    """All detectors on all panels that the folder has, and notes on those that it has not. Quick: without PELT."""
    rows: list[Row] = []
    notes: list[str] = []
    for name, (where, read) in READERS.items():
        if not (folder / where).exists():
            notes.append(f"{name} is skipped: the data folder has no {where}.")
            continue
        try:
            one = panel(name, files.gathered(read(folder)))
        except (InputError, *BROKEN) as error:
            notes.append(f"{name} is skipped: {where} cannot be read ({error}). Get the file again."[:300])
            continue
        detectors = [d for d in all_detectors(engine) if not (quick and d.name.startswith("pelt"))]
        if name == "tor-users":
            detectors.append(flags_of_tor(folder))
        steps = max(m.values.shape[1] for m in one.matrices)
        for detector in detectors:
            if detector.name in SLOW and steps > KERNEL_STEPS_MAX:
                notes.append(f"{detector.name} is left out of {name}: {steps:,} steps are too many for it.")
            elif _applies(detector, one):
                found: list[Detection] = []
                rows.append(run(detector, [one], name, progress=progress, told=_into(found)))
                if name == "tor-users":
                    high, total = echoes(one.matrices[0], found)
                    notes.append(
                        f"Echoes in tor-users, {detector.name}: {high} of {total} falls begin on a day not low."
                    )
    return rows, notes


def _into(found: list[Detection]) -> Callable[[Panel, list[Detection]], None]:
    """What keeps the detections of a run, to be looked at once more."""

    def keep(_: Panel, detections: list[Detection]) -> None:
        found.extend(detections)

    return keep


def panel(name: str, matrices: Sequence[Matrix]) -> Panel:
    """The series of one panel, with what is known of them."""
    names = [series for matrix in matrices for series in matrix.names]
    truths = tuple(truth_of(known, names) for known in KNOWN if known.panel == name)
    quiet = tuple(Span(second(a), second(b)) for a, b in QUIET[name])
    return Panel(name=name, synthetic=False, matrices=tuple(matrices), truths=truths, quiet=quiet)


def truth_of(known: Known, names: Sequence[str]) -> Truth:
    """A known event as a truth about these series."""
    latest = second(known.latest)
    moved = tuple(
        Moved(
            series=series,
            spans=(Span(latest, second(end or known.end)),),
            depth=known.depth,
            direction=known.direction,
        )
        for begin, end in known.moved
        for series in names
        if series.startswith(begin)
    )
    return Truth(
        name=known.name,
        kind=known.kind,
        depth=known.depth,
        onset_earliest_s=second(known.earliest),
        onset_latest_s=latest,
        end_s=second(known.end),
        moved=moved,
        touched=frozenset(series for series in names if series.startswith(known.touched or ("\0",))),
        tolerance_steps=known.tolerance_steps,
        source=known.source,
    )


def flags_of_tor(folder: Path) -> Detector:
    """Tor's own detector (Danezis 2011), by the flags that it left in the file: flagged days in a row are one alarm."""
    flagged: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for series, day, censor, spike in files.tor_flags(folder):
        if censor:
            flagged[series, "down"].append(day)
        if spike:
            flagged[series, "up"].append(day)
    found = []
    for (series, direction), days in sorted(flagged.items()):
        first = last = days[0]
        for day in [*sorted(days)[1:], 1 << 40]:
            if day > last + DAY_S:
                found.append(Detection((series,), direction, first - DAY_S, first + DAY_S, first, last + DAY_S))
                first = day
            last = day
    return Detector("tor-flags", lambda _matrices: found, lambda _n, share: not share, about="flags in the file")


def _applies(detector: Detector, one: Panel) -> bool:
    return any(detector.applies(named(n), m.trials is not None) for m in one.matrices for n in m.names)
