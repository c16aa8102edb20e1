"""Our own detector in the form of its peers: series by series, and as events of many series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from lightkeeper.detect.changes import Change, level_changes, share_changes, slow_changes
from lightkeeper.detect.events import WorldEvent
from lightkeeper.detect.nightly import with_nights
from lightkeeper.detect.tiered import ALLOWLISTED
from lightkeeper.evaluate.detection import Detection, Detector, any_series
from lightkeeper.evaluate.truth import end_of
from lightkeeper.signals.matrix import Matrix
from lightkeeper.signals.naming import named

Engine = Callable[[Sequence[Matrix]], Sequence[WorldEvent]]
"""From all matrices of a panel to the events: what a person gets who runs `lightkeeper detect`."""


def detectors(engine: Engine) -> list[Detector]:
    """The events, and the changes that they are made of."""
    return [
        Detector(
            "lightkeeper",
            partial(find_events, engine=engine),
            any_series,
            groups=True,
            about="events of all series together",
        ),
        Detector("lightkeeper-series", find_changes, any_series, about="changes of single series"),
    ]


def find_changes(matrices: Sequence[Matrix]) -> list[Detection]:
    """Each change as a detection of its own."""
    ends = {name: end_of(matrix) for matrix in matrices for name in matrix.names}
    found: list[Change] = []
    for matrix in matrices:
        names = [named(name) for name in matrix.names]
        if matrix.trials is not None:
            found += share_changes(matrix)[0]
        else:
            found += with_nights(matrix, names, level_changes(matrix, names)[0]) + slow_changes(matrix, names)
    return [
        _detection((c.series,), c.direction, c.onset_earliest, c.onset_latest, c.end_latest, c.step_s, ends[c.series])
        for c in found
        if not c.is_weak
    ]


def find_events(matrices: Sequence[Matrix], engine: Engine) -> list[Detection]:
    """Each event as one detection of all its series."""
    return as_detections(engine(matrices), matrices)


def as_detections(events: Sequence[WorldEvent], matrices: Sequence[Matrix]) -> list[Detection]:
    """Events that were found in some matrices, in the form of the peers.

    An allowlisted one says how a cut went on that is an event already, and is no further detection.
    """
    steps = {name: (matrix.step_s, end_of(matrix)) for matrix in matrices for name in matrix.names}
    return [_event(event, steps) for event in events if event.kind != ALLOWLISTED]


def _event(event: WorldEvent, steps: dict[str, tuple[int, int]]) -> Detection:
    step_s = min(steps[name][0] for name in event.series)
    end = max(steps[name][1] for name in event.series)
    return _detection(
        event.series, event.direction, event.onset_earliest, event.onset_latest, event.end_latest, step_s, end
    )


def _detection(
    series: tuple[str, ...], direction: str, earliest: int, latest: int, end: int | None, step_s: int, last: int
) -> Detection:
    # A change says when the first recovered step had ended: it lasted until that step began.
    until = last if end is None else max(latest, end - step_s)
    return Detection(series, direction, earliest, latest, latest - step_s, until)
