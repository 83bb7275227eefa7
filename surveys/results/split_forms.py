"""Which answers come from split forms, and with what chance each item was asked there.

A figure may rest on several waves, or on points of several kinds, of which some ask every item and
some a part: then an answer to the part stands for more people than one to the whole.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sqlmodel import Session, col, select

from analysis.arrays import Floats
from surveys.counts.sums import Counts
from surveys.counts.tallies import Tally
from surveys.questionnaires import routing
from surveys.tables import ServicePoint, WaveInstrument
from surveys.weighting.weights import Stratum


def sizes(session: Session, tally: Tally) -> Counts:
    """Per row, the items that each person was asked besides the overall one; 0: all."""
    query = select(WaveInstrument.wave_id, WaveInstrument.point_kind, WaveInstrument.subset).where(
        col(WaveInstrument.wave_id).in_({psu.wave_id for psu in tally.psus}),
        WaveInstrument.instrument_id == tally.stored.id,
        WaveInstrument.subset > 0,
    )
    split = {(wave_id, kind): size for wave_id, kind, size in session.exec(query)}
    if not split:
        return np.zeros(len(tally.psu_of_row), dtype=np.int64)
    of_kind = select(ServicePoint.id, ServicePoint.kind).where(
        col(ServicePoint.kind).in_({kind for _, kind in split})
    )
    kinds = dict(session.exec(of_kind).all())
    found = [split.get((psu.wave_id, kinds.get(psu.point_id, "")), 0) for psu in tally.psus]
    return np.array(found, dtype=np.int64)[tally.psu_of_row]


def chances(tally: Tally, sizes: Counts) -> Floats | None:
    """The chance (R, K) that a person of a row was asked an item; None where all were."""
    if not sizes.any():
        return None
    distinct, place = np.unique(sizes, return_inverse=True)
    each = [routing.chances(tally.instrument, size) for size in distinct.tolist()]
    return np.array(each, dtype=float)[place]


def fractions(
    tally: Tally, people: Mapping[Stratum, float], asked: Floats | None
) -> Mapping[Stratum, float]:
    """The share of each stratum's people who were asked the item that the fewest were.

    Everybody may have answered a form, and yet an item was asked of some only. For an index this
    is on the safe side: part of what it varies by is between people, all of whom answered.
    """
    if asked is None:
        return people
    least: dict[Stratum, float] = {}
    fewest = asked.min(axis=1).tolist()
    for place, chance in zip(tally.psu_of_row.tolist(), fewest, strict=True):
        stratum = (tally.psus[place].unit_id, tally.psus[place].wave_id)
        least[stratum] = min(chance, least.get(stratum, 1.0))
    return {stratum: share * least.get(stratum, 1.0) for stratum, share in people.items()}
