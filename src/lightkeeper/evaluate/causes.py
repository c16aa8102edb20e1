"""Causes: learn the weight of a cause from outages whose cause is labelled, and say how well it does.

Grouped by country: the chance of each outage comes from numbers that were learnt without its country. Two countries,
Syria and Iraq, have most of the ordered outages, most of them exam mornings; so every figure stands twice.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np

from lightkeeper.errors import InputError
from lightkeeper.evaluate.logistic import Fit, Numbers, auc, brier, fit, predict
from lightkeeper.evaluate.summary import Share, wilson
from lightkeeper.incidents.clues import Clues, Company, clues_of, features
from lightkeeper.incidents.weight import Feature, Learnt
from lightkeeper.model import Event
from lightkeeper.sources import ioda_outages

OUTAGES = "ioda/investigated-outages.csv"
ORDERED = frozenset({"Government-Ordered", "Exams"})
EXAM_COUNTRIES = ("SY", "IQ")
USED = ("round_start", "recurs", "duration", "elsewhere")
RULE, LEARNT, WITH_SCOPE = "starts on the hour or half hour", "learnt weight", "learnt, with scope (not used)"
EDGES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
HOW = (
    "`lightkeeper evaluate cause --data FOLDER`: logistic regression with a ridge of 1; a country of n labelled "
    "outages weighs as its square root"
)
DRAWS, SEED = 1000, 20261125
NOTES = (
    "Only outages whose cause analysts came to know are in it; what is known of ordered ones is in part the very clue.",
    "A cable cut in several countries stands in several groups, which flatters `elsewhere`.",
    "The four clues were chosen from eight with these figures in sight.",
    "Whether an outage was national is left out: regional shutdowns are common, and analysts label few of them.",
)


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """One way to tell ordered outages from others, on one set of countries."""

    name: str
    countries: str
    ordered: int
    others: int
    auc: float
    auc_low: float
    auc_high: float
    """95 % by drawing countries anew."""
    brier: float


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """Outages whose chance lies in one range: the mean chance, and how many were ordered."""

    low: float
    high: float
    mean: float
    ordered: Share
    ordered_without: Share
    """Without the two exam countries."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the evaluation found, and the numbers learnt from all rows."""

    scores: list[Score]
    bins: list[Bin]
    clues: dict[str, dict[str, float | None]]
    """The mean of each clue, of ordered outages and of others."""
    learnt: Learnt
    unlabelled: dict[str, int]
    """Outages of no known cause, by how many have at least this weight."""
    notes: list[str]


class _Rows(msgspec.Struct, frozen=True):
    features: Numbers
    ordered: Numbers
    countries: Numbers


def evaluate_causes(folder: Path) -> Report:
    """Learn and evaluate on the folder's investigated outages. Raises InputError where they are not there."""
    path = folder / OUTAGES
    if not path.is_file():
        raise InputError("there are no outages to learn from", remedy=f"Put the file at {OUTAGES}", where=str(folder))
    events = [e for e in ioda_outages.read(path) if isinstance(e, Event)]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return report(events, f"investigated-outages.csv, SHA-256 {digest[:16]}…")


def report(events: Sequence[Event], source: str) -> Report:
    """The same from events. Raises InputError where fewer than two countries have a labelled cause of each kind."""
    company = Company.of(events)
    labelled = [e for e in events if e.cause_claimed]
    clues = [clues_of([e], company) for e in labelled]
    x = _table(clues)
    y = np.array([float(e.cause_claimed in ORDERED) for e in labelled])
    countries = np.array([e.country for e in labelled])
    if min(len(set(countries[y == side])) for side in (0.0, 1.0)) < 2:
        raise InputError("too few causes are labelled", remedy="Give outages of several countries with their causes")
    rule = np.where(np.isnan(x[:, 0]), 0.5, x[:, 0])
    scope = np.column_stack([x, [float(e.entity_type == "country") for e in labelled]])
    ways = {RULE: rule, LEARNT: left_out(x, y, countries), WITH_SCOPE: left_out(scope, y, countries)}
    without = ~np.isin(countries, EXAM_COUNTRIES)
    found = fit(x, y, _weights(countries))
    numbers = as_learnt(found, source, len(y), int(y.sum()), len(set(countries)))
    unknown = predict(found, _table([clues_of([e], company) for e in events if not e.cause_claimed]))
    base = left_out(x[:, :0], y, countries)
    guess = f"Always guessing the share of the other countries has a Brier of {brier(y, base):.3f}, and of "
    guess += f"{brier(y[without], base[without]):.3f} without the two."
    scores = [_score(name, said, y[of], p[of], countries[of]) for name, p in ways.items() for said, of in (
        ("all", np.full(len(y), True)), (f"without {' and '.join(EXAM_COUNTRIES)}", without))]  # fmt: skip
    return Report(
        scores=scores,
        bins=_bins(y, ways[LEARNT], without.astype(float)),
        clues=_means(x, y),
        learnt=numbers,
        unlabelled={"of": len(unknown)} | {f"{least:g}": int(np.sum(unknown >= least)) for least in EDGES[3:6]},
        notes=[*NOTES, guess],
    )


def left_out(x: Numbers, y: Numbers, countries: Numbers) -> Numbers:
    """The chance of each row by numbers learnt from the rows of all other countries."""
    chances = np.zeros(len(y))
    for country in sorted(set(countries)):
        inside = countries == country
        chances[inside] = predict(fit(x[~inside], y[~inside], _weights(countries[~inside])), x[inside])
    return chances


def as_learnt(found: Fit, source: str, rows: int, ordered: int, countries: int) -> Learnt:
    """The numbers in the form of cause_weight.json, rounded to three digits so that they are the same everywhere."""
    means, spreads, intercept, coefficients = found
    return Learnt(
        how=HOW,
        source=source,
        learnt_on="IODA's investigated outages of known cause (Bischof and others, SIGCOMM 2023)",
        rows=rows,
        ordered=ordered,
        countries=countries,
        intercept=round(float(intercept), 3),
        features={
            name: Feature(round(float(m), 3), round(float(s), 3), round(float(c), 3))
            for name, m, s, c in zip(USED, means, spreads, coefficients, strict=True)
        },
    )


def as_json_text(numbers: Learnt) -> str:
    """The numbers as cause_weight.json has them."""
    return msgspec.json.format(msgspec.json.encode(numbers), indent=2).decode() + "\n"


def _table(clues: Sequence[Clues]) -> Numbers:
    rows = [[np.nan if (v := features(c)[name]) is None else v for name in USED] for c in clues]
    return np.array(rows, np.float64).reshape(len(rows), len(USED))


def _weights(countries: Numbers) -> Numbers:
    count = Counter(countries.tolist())
    return np.array([1 / np.sqrt(count[c]) for c in countries.tolist()])


def _score(name: str, said: str, y: Numbers, p: Numbers, countries: Numbers) -> Score:
    draw = np.random.default_rng(SEED)
    groups = [np.flatnonzero(countries == c) for c in sorted(set(countries))]
    drawn = []
    for _ in range(DRAWS):
        rows = np.concatenate([groups[i] for i in draw.integers(len(groups), size=len(groups))])
        drawn.append(auc(y[rows], p[rows]))
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return Score(name=name, countries=said, ordered=int(y.sum()), others=int(len(y) - y.sum()), auc=round(auc(y, p), 3),
                 auc_low=round(float(low), 3), auc_high=round(float(high), 3), brier=round(brier(y, p), 3))  # fmt: skip


def _bins(y: Numbers, p: Numbers, without: Numbers) -> list[Bin]:
    found = []
    for low, high in pairwise(EDGES):
        inside = (p >= low) & ((p < high) | (high == EDGES[-1]))
        if inside.any():
            few = inside & (without > 0)
            found.append(Bin(low=low, high=high, mean=round(float(p[inside].mean()), 3),
                             ordered=wilson(int(y[inside].sum()), int(inside.sum())),
                             ordered_without=wilson(int(y[few].sum()), int(few.sum()))))  # fmt: skip
    return found


def _means(x: Numbers, y: Numbers) -> dict[str, dict[str, float | None]]:
    def mean(column: Numbers) -> float | None:
        known = column[~np.isnan(column)]
        return round(float(known.mean()), 3) if len(known) else None

    return {name: {"ordered": mean(x[y == 1, i]), "others": mean(x[y == 0, i])} for i, name in enumerate(USED)}
