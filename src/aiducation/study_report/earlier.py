"""What an earlier report measured on runs that are there no more: the protocol and cross-validations of its results.json."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aiducation.errors import RunError
from aiducation.evaluation.intervals import Interval
from aiducation.records import read_record
from aiducation.study_report.cross_validations import CrossValidation
from aiducation.study_report.study_protocol import Protocol
from aiducation.study_report.study_tables import TABLE_SCORES

#: Effects that reports had other names for.
_RENAMED = {"duplicates separated (test)": "duplicates on both sides (test)"}


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """Parts of an earlier report.

    Attributes:
        data_hash: of the data that its runs were trained on.
        protocol: what the published protocol adds to accuracy; None where it was not measured.
        folds: its cross-validations.
    """

    data_hash: str
    protocol: Protocol | None
    folds: Sequence[CrossValidation]


def read_earlier(path: Path) -> Earlier:
    """Read the ``results.json`` of a report.

    Raises:
        RunError: it is none, or not of this version.
    """
    value = read_record(path, error=RunError)
    try:
        environment: Mapping[str, str] = value["environment"]
        made_with = ", ".join(environment[name] for name in ("processor", "device") if name in environment)
        said = f"an earlier report{f' ({made_with})' if made_with else ''}, whose runs were not kept"
        protocol = None if value["protocol"] is None else _protocol(value["protocol"], said)
        folds = [_folds(one, said) for one in value["folds"]]
        return Earlier(data_hash=environment["data hash"], protocol=protocol, folds=folds)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunError(
            f"{path} is not the results.json of a study report of this version ({type(error).__name__}: {error}); name one "
            "that 'aiducation report' wrote."
        ) from error


def fill(
    protocol: Protocol | None, folds: Sequence[CrossValidation], earlier: Earlier | None
) -> tuple[Protocol | None, list[CrossValidation]]:
    """What was measured now, and from the earlier report only what is missing now."""
    if earlier is None:
        return protocol, list(folds)
    there = {one.name for one in folds}
    measured = protocol is not None and protocol.together  # runs on one split alone compare nothing
    return (
        protocol if measured else earlier.protocol or protocol,
        [*folds, *(one for one in earlier.folds if one.name not in there)],
    )


def _protocol(value: Mapping[str, Any], said: str) -> Protocol:
    def intervals(name: str) -> dict[str, Interval]:
        return {cause: _interval(one) for cause, one in value[name].items()}

    made = Protocol(
        models=[str(name) for name in value["models"]],
        epochs=[int(epochs) for epochs in value["epochs"]],
        seeds=int(value["seeds"]),
        valid=intervals("valid"),
        test=intervals("test"),
        effects=intervals("effects"),
    )
    effects = {_RENAMED.get(cause, cause): effect for cause, effect in made.effects.items()}
    return replace(made, effects=effects, origin=value.get("origin") or said)


def _folds(value: Mapping[str, Any], said: str) -> CrossValidation:
    return CrossValidation(
        model=str(value["model"]),
        split=str(value["split"]),
        epochs=str(value["epochs"]),
        seeds=int(value["seeds"]),
        scores={
            int(fold): {name: _interval(one[name]) for name in TABLE_SCORES} for fold, one in value["scores"].items()
        },
        origin=value.get("origin") or said,
    )


def _interval(value: Mapping[str, float | None]) -> Interval:
    def number(name: str) -> float:
        return math.nan if (one := value[name]) is None else float(one)

    return Interval(estimate=number("estimate"), low=number("low"), high=number("high"))
