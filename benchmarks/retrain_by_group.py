"""What does training with more weight on a group that is judged worse gain for it, and what does it cost the others?

    python benchmarks/retrain_by_group.py DATA --runs FOLDER [--whole] [--json FILE.json] [--page docs/groups.md]

DATA is a folder of ``aiducation prepare``. A small network is trained with several seeds. Then its last layer is learned anew
(with ``--whole``: the whole network), with all training images counting alike and with those of one group counting more, by
several weights (``--times``). The group is the third (by pose, light or sharpness) that the networks judge worst on the
validation part, at an equal mix of states.

The weight is chosen on the validation part by a rule (``best_weight``), written before the result of any weight but 2 was known:
the worst of the three thirds is to be as good as possible, and all faces together may lose one hundredth of recall at most; 1,
no weight, may win, too. Only then are those with the weight 1 and those with the chosen one, and no others, compared on the
official test. Finished trainings in FOLDER are used again. FILE.json and the page hold both: last layers and whole networks.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from retrained import Tested, last_layers, of_runs, trained
from retrained_page import ALL, LAYER, OTHERS, WHOLE, section, with_section, words

from aiducation.data.dataset import Dataset
from aiducation.environment import environment
from aiducation.evaluation.group_gains import GroupGain, Tried, best_weight, group_gains
from aiducation.evaluation.group_gaps import group_gaps
from aiducation.files import write_text
from aiducation.predictions import Predictions
from aiducation.training.image_weights import weights_of_group, write_weights
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.measured_groups import MEASURES, Measured, measure_crops

#: How much more the images of the chosen group count; one is chosen.
TIMES = (1.5, 2.0, 3.0, 4.0)

#: So much mean recall over all validation faces may a weight cost at most.
TOLERATED = 0.01

PARTS = ("train", "valid", "test")


def measured(dataset: Dataset, folder: Path) -> dict[str, Measured]:
    """What is measured on the faces of each part; kept in the folder."""
    found = {}
    for part in PARTS:
        kept = folder / f"measured-{part}.npz"
        if not kept.is_file():
            ids = dataset.split("official").parts[part]
            values = measure_crops(Analyzer(threads=1), np.ascontiguousarray(dataset.images[ids])).values
            np.savez(kept, **{name.replace(" ", "_"): one for name, one in values.items()})
        with np.load(kept) as held:
            found[part] = Measured({name: held[name.replace(" ", "_")] for name in MEASURES})
    return found


def gaps(some: Sequence[Predictions], attributes: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], float]:
    """(attribute, group) -> its recall minus that of the other faces, state by state, averaged over the runs."""
    found: dict[tuple[str, str], list[float]] = {}
    for one in some:
        for gap in group_gaps(one.probs, one.y_true, one.groups, attributes):
            if gap.difference:
                found.setdefault((gap.attribute, gap.group), []).append(gap.difference.estimate)
    return {key: float(np.mean(values)) for key, values in found.items()}


def study(options: argparse.Namespace) -> dict[str, Any]:
    """Everything that is reported, as JSON values."""
    dataset = Dataset.load(options.data)
    options.runs.mkdir(parents=True, exist_ok=True)
    values = measured(dataset, options.runs)
    groups = {part: values[part].thirds(values["train"]) for part in PARTS}
    networks = trained(dataset, options, "plain", None)
    train = [int(i) for i in dataset.split("official").parts["train"]]
    plain = of_runs(networks) if options.whole else last_layers(dataset, networks, dict.fromkeys(train, 1.0))

    found = gaps(plain("valid"), groups["valid"])
    (attribute, group), worst = min(found.items(), key=lambda item: item[1])
    print(f"Judged worst on validation: {attribute}, {group} ({worst:+.3f} against the others)", flush=True)

    members = dict(zip(train, groups["train"][attribute], strict=True))
    made: dict[float, Tested] = {}
    rows: list[dict[str, Any]] = []
    for times in options.times:
        weights = weights_of_group(members, group, times)
        if options.whole:
            words = f"{attribute}-{group.split(' (')[0]}".replace(" ", "_")
            table = options.runs / f"weights-{words}-{times:g}.csv"
            write_weights(weights, table, "standard")
            made[times] = of_runs(trained(dataset, options, table.stem, table))
        else:
            made[times] = last_layers(dataset, networks, weights)
        rows.append(
            {"times": times, **_on_validation(plain, made[times], attribute, group, groups["valid"][attribute])}
        )
        print(f"{times:g} times, on validation: worst third {rows[-1]['worst']:.4f}", flush=True)
    first = Tried(times=1.0, worst=rows[0]["worst_before"], everyone=rows[0][ALL]["before"])
    others = [Tried(times=row["times"], worst=row["worst"], everyone=row[ALL]["after"]) for row in rows]
    times = best_weight([first, *others], tolerated=TOLERATED).times
    value: dict[str, Any] = {
        "model": options.model,
        "epochs": options.epochs,
        "seeds": options.seeds,
        "retrained": WHOLE if options.whole else LAYER,
        "chosen": {"attribute": attribute, "group": group, "words": f"{attribute}: {group}", "times": times},
        "valid": {
            "faces": len(groups["valid"][attribute]),
            "gaps": [{"attribute": a, "group": g, "difference": round(d, 4)} for (a, g), d in found.items()],
            "tolerated": TOLERATED,
            "weights": rows,
        },
        "test": None,
        "environment": environment(),
    }
    if times == 1:  # no weight is better than none: the test part has nothing to decide
        return value

    # From here on the test part is looked at: once, and with what was chosen above.
    own = groups["test"][attribute]
    n = len(own)
    attributes = {
        ALL: [ALL] * n,
        "chosen": [one if one == group else OTHERS if one else "" for one in own],
        **{name: some for name, some in groups["test"].items() if name != attribute},
        f"{attribute} ": [one if one != group else "" for one in own],
    }
    before, after = plain("test"), made[times]("test")
    gains = group_gains(before, after, attributes)
    value["test"] = {
        "faces": n,
        "comparisons": 2 * len(gains),
        "against_the_others": {"before": _gap_of(before, own, group), "after": _gap_of(after, own, group)},
        "groups": [_entry(gain) for gain in gains],
    }
    return value


def _on_validation(
    plain: Tested, weighted: Tested, attribute: str, group: str, thirds: Sequence[str]
) -> dict[str, Any]:
    """What a weight changed for the group, for all others and for all faces, and the worst third before and after."""
    gains = group_gains(
        plain("valid"),
        weighted("valid"),
        {
            ALL: [ALL] * len(thirds),
            "chosen": [one if one == group else OTHERS if one else "" for one in thirds],
            attribute: thirds,
        },
    )
    of_thirds = [gain for gain in gains if gain.attribute == attribute]
    named = {gain.group: _entry(gain) for gain in gains if gain.attribute != attribute}
    return {
        "group": named[group],
        OTHERS: named[OTHERS],
        ALL: named[ALL],
        "worst_before": round(min(gain.before for gain in of_thirds), 4),
        "worst": round(min(gain.after for gain in of_thirds), 4),
    }


def _gap_of(some: Sequence[Predictions], groups: Sequence[str], group: str) -> float:
    return round(gaps(some, {"it": [one if one == group else OTHERS if one else "" for one in groups]})["it", group], 4)


def _entry(gain: GroupGain) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, one in asdict(gain).items():
        if isinstance(one, dict):
            value[name] = {key: round(one[key], 4) for key in ("estimate", "low", "high")}
        else:
            value[name] = float(f"{one:.4g}") if isinstance(one, float) else one
    value["attribute"] = value["attribute"].strip()
    return value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--model", default="Compact_W8_D1")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--times", type=float, nargs="+", default=list(TIMES))
    parser.add_argument("--whole", action="store_true", help="train whole networks, not last layers")
    parser.add_argument("--json", type=Path, required=True, help="what is already in it of the other kind stays")
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    value = study(options)
    for line in words(value):
        print(line)
    found = json.loads(options.json.read_text(encoding="utf-8")) if options.json.is_file() else {}
    found[value["retrained"]] = value
    write_text(options.json, json.dumps(found, indent=1) + "\n")
    if options.page:
        write_text(options.page, with_section(options.page, section(found)))


if __name__ == "__main__":
    main()
