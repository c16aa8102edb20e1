"""How well detection works beside its peers, and how long it takes. Prints one JSON object of ratios.

The worlds are SYNTHETIC; real series come in where --data names their folder. Seeds `dev` are to develop with, `report`
only for figures that are published. How fast the detectors alone are on 100,000 series says detect_speed.py.

    python benchmarks/detect.py [--seeds dev] [--data FOLDER] [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lightkeeper.detect.events import WorldEvent
from lightkeeper.evaluate.compare import Row, compare_synthetic
from lightkeeper.evaluate.real import compare_real
from lightkeeper.run.detecting import detect_matrices
from lightkeeper.signals.matrix import Matrix


def engine(matrices: Sequence[Matrix]) -> list[WorldEvent]:
    """What `lightkeeper detect` would say."""
    return detect_matrices(matrices).events


def ratios(rows: Sequence[Row]) -> dict[str, Any]:
    """The scores of each detector, its time as a multiple of ours for as many panels."""
    ours = next(row for row in rows if row.detector == "lightkeeper")
    return {
        row.detector: {
            "recall": round(row.scores.recall.value, 4),
            "recall_low_95": round(row.scores.recall.low, 4),
            "recall_of_single_series": round(row.scores.series_recall.value, 4),
            "recall_by_kind": {kind: round(share.value, 3) for kind, share in row.scores.by_kind.items()},
            "recall_by_depth": {depth: round(share.value, 3) for depth, share in row.scores.by_depth.items()},
            "false_alarms_a_series_year": row.scores.false_a_series_year,
            "onset_error_steps_median": row.scores.onset_median_steps,
            "onset_error_steps_p90": row.scores.onset_p90_steps,
            "detections_a_truth": row.scores.detections_a_truth,
            "covered": row.scores.covered,
            "delay_steps_median": row.delay_median_steps,
            "truths": row.scores.truths,
            "time_as_multiple_of_ours": round(row.seconds / row.panels / (ours.seconds / ours.panels), 2),
        }
        for row in rows
        if row.scores.truths
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="dev")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    report = compare_synthetic(engine, arguments.seeds, quick=arguments.quick)
    rows, notes = report.rows, report.notes
    if arguments.data is not None:
        more, said_of_real = compare_real(engine, arguments.data, quick=arguments.quick)
        rows, notes = rows + more, notes + said_of_real
    cases = dict.fromkeys(row.case for row in rows)
    made = {case: ratios([row for row in rows if row.case == case]) for case in cases}
    signs = {
        one.sign: {
            "found": one.found,
            "before_a_cut": one.before_a_cut.hits,
            "before_nothing": one.before_nothing,
            "share_of_cuts_led": round(one.cuts_led.value, 4),
        }
        for one in report.signs
        if one.found or one.series
    }
    said = {"seeds": arguments.seeds, "processors": os.cpu_count(), "cases": made, "early_signs": signs}
    print(json.dumps(said | {"notes": notes}))


if __name__ == "__main__":
    main()
