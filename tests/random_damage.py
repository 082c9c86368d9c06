"""Files damaged at random, always the same for the same seed."""

from __future__ import annotations

import numpy as np


def damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """Some bytes changed, cut out, doubled or put in; the head more often than the rest."""
    changed = bytearray(content)
    for _ in range(rng.integers(1, 6)):
        at = int(rng.integers(0, len(changed) if rng.random() < 0.5 else min(200, len(changed))))
        length = int(rng.integers(1, 30))
        way = rng.integers(0, 5)
        if way == 0:
            changed[at] ^= 1 << int(rng.integers(0, 8))
        elif way == 1:
            changed[at : at + length] = rng.bytes(length)
        elif way == 2:
            del changed[at : at + length]
        elif way == 3:
            changed[at:at] = changed[at : at + length]
        else:
            changed[at : at + 4] = b"\xff\xff\xff\x7f"
        if not changed:
            break
    return bytes(changed[: int(rng.integers(1, len(changed) + 1))] if rng.random() < 0.2 else changed)
