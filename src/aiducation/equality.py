"""Equality of values that hold arrays, of which ``==`` gives an array instead of an answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np


def equal_values(one: Any, other: object) -> bool:
    """Whether two values of one dataclass are equal, field by field: stands as ``__eq__`` in its class.

    Arrays are equal if their shapes and all their elements are. NaN equals NaN: here it stands for what is not known.
    """
    fields = [field.name for field in dataclasses.fields(one) if field.compare]
    return type(other) is type(one) and all(_equal(getattr(one, name), getattr(other, name)) for name in fields)


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_equal(a[name], b[name]) for name in a)
    return bool(a == b or (a != a and b != b))
