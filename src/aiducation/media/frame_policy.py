"""Frame policy: which packets of a recording are decoded, so that every sampled picture is that of a full decode."""

from __future__ import annotations

import math

import numpy as np

from aiducation.media.packets import PacketTable
from aiducation.media.sampling import SampleGrid

#: Names of the policies, as results carry them.
EVERY_PICTURE, NEEDED_PICTURES = "every picture", "needed pictures"


def needed_packets(table: PacketTable, every_s: float | None, start_s: float = -math.inf) -> np.ndarray | None:
    """(P,) bool, which packets must be decoded for the samples from a time on; None for all of them.

    Left out is what no sample rests on: pictures that no other refers to, unless they are sampled themselves, and what comes
    between the last sampled picture and the next one at which the decoder can begin afresh. Both is known from the packets' own
    headers; where these do not prove it, everything is decoded.
    """
    if not every_s or not table.exact:
        return None
    grid, wanted = SampleGrid(every_s), np.zeros(len(table), dtype=bool)
    for row, begins_s, until_s in zip(table.rows, table.times, [*table.times[1:], table.end_s], strict=True):
        times = grid.times(begins_s, until_s)
        wanted[row] = bool(times) and times[-1] + 1e-6 >= start_s
    wanted |= table.parameters
    wanted[-1] |= table.open_end  # it shows whether the file is whole
    needed = wanted | ~table.disposable
    starts = np.flatnonzero(table.fresh)
    for start, end in zip(starts, [*starts[1:], len(table)], strict=True):
        some = np.flatnonzero(wanted[start:end])
        needed[start + (some[-1] + 1 if len(some) else 0) : end] = False
    return None if needed.all() else needed
