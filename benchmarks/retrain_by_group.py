"""What does training with more weight on a group that is judged worse gain for it, and what does it cost the others?

    python benchmarks/retrain_by_group.py DATA --runs FOLDER [--whole] [--json FILE.json] [--page docs/groups.md]

DATA is a folder of ``aiducation prepare``. A small network is trained with several seeds. Then its last layer is learned anew
(with ``--whole``: the whole network), with all training images counting alike and with those of one group counting more, by
several weights (``--times``). The group is the third (by pose, light or sharpness) that the networks judge worst on the
validation part, at an equal mix of states.

The weight is chosen on the validation part by a rule (``best_weight``), written before the result of any weight but 2 was known:
the worst of the three thirds is to be as good as possible, and all faces together may lose one hundredth of recall at most; 1,
no weight, may win, too. Only then are those with the weight 1 and those with the chosen one, and no others, compared on the
official test. Finished trainings in FOLDER are used again.
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

#: What was trained by several weights.
_WHAT = {
    "last layer": "whose last layer was then learned anew while the rest of it stayed as it was",
    "whole network": "trained from the beginning",
}

HEADING = "## Retraining with more weight on a group"

#: What the tables call all faces, and those outside the chosen group.
ALL, OTHERS = "all faces", "all others"


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
        "retrained": "whole network" if options.whole else "last layer",
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


def words(value: Mapping[str, Any]) -> list[str]:
    """The verdict in sentences."""
    if value["test"] is None:
        return ["No weight did better than none by the rule, so the test part was not looked at."]
    rows = {(one["attribute"], one["group"]): one for one in value["test"]["groups"]}
    own = rows["chosen", value["chosen"]["group"]]
    others, everyone = rows["chosen", OTHERS], rows[ALL, ALL]
    gap = value["test"]["against_the_others"]
    said = [
        f"The group that counted {value['chosen']['times']:g} times as much ({value['chosen']['words']}) {_moved(own, 'gain')}.",
        f"All other faces {_moved(others, 'gain')}; all faces together {_moved(everyone, 'gain')}.",
        f"Against the others, the group stood at {gap['before']:+.3f} before and at {gap['after']:+.3f} after.",
    ]
    rest = [one for key, one in rows.items() if key[0] not in ("chosen", ALL)]
    sure = [
        f"{one['attribute']}, {one['group']} ({one['gain']['estimate']:+.3f})" for one in rest if one["p_value"] < 0.05
    ]
    said.append(
        f"Groups by anything else whose recall changed beyond chance: {'; '.join(sure)}."
        if sure
        else "No group by anything else changed in recall beyond chance."
    )
    over = [
        f"{one['attribute']}, {one['group']} ({one['overconfidence_change']['estimate']:+.3f})"
        for one in rows.values()
        if one["overconfidence_p_value"] < 0.05
    ]
    said.append(
        f"Overconfidence changed beyond chance for: {'; '.join(over)}."
        if over
        else "Overconfidence changed for no group beyond chance."
    )
    if own["p_value"] >= 0.05:
        said.append(
            f"So nothing shows that the weights helped. With {value['seeds']} seeds and {own['faces']:,} faces of the group, a "
            f"gain of more than {own['gain']['high']:.3f} and a loss of more than {-own['gain']['low']:.3f} are unlikely, before "
            f"any correction."
        )
    return said


def _moved(one: Mapping[str, Any], name: str) -> str:
    change = one[name]
    verb = "gained" if change["estimate"] >= 0 else "lost"
    sure = "beyond chance" if one["p_value"] < 0.05 else "not beyond chance"
    return (
        f"{verb} {abs(change['estimate']):.3f} of mean recall (change {change['low']:+.3f} to {change['high']:+.3f}; "
        f"p = {one['p_value']:.2g} with Holm's correction: {sure})"
    )


def section(value: Mapping[str, Any]) -> str:
    """The section of docs/groups.md."""
    picked = value["chosen"]
    worst = min(value["valid"]["gaps"], key=lambda one: one["difference"])
    return f"""{HEADING}

*Written by `python benchmarks/retrain_by_group.py`; numbers:
[results/retrain_by_group.json](../results/retrain_by_group.json).*

The published study found that children were judged worse, and retrained. FER2013 does not say who is a child. What can be
repeated is the procedure: a small network ({value["model"]}), {value["seeds"]} seeds, {value["epochs"]} epochs each,
{_WHAT[value["retrained"]]},
with all images alike and with one group counting more, by several weights. The group was chosen on the validation part, as the
third that the networks judge worst at an equal mix of states: **{picked["words"]}** ({worst["difference"]:+.3f} against the
others).

The weight was chosen there, too, by a rule that was written before the result of any weight but 2 was known: the worst of the
three thirds is to be as good as possible, and all faces together may lose {value["valid"]["tolerated"]:g} of mean recall at
most. Mean recall on the {value["valid"]["faces"]:,} validation faces, and changes against the weight 1 with 95 % intervals:

| weight | worst third | the group, change | all others, change | all faces, change |
|---|---|---|---|---|
| 1 | {value["valid"]["weights"][0]["worst_before"]:.3f} | | | |
{_weights(value)}

The rule takes the weight **{picked["times"]:g}**.{_how_sure(value)}

{_on_test(value)}
This is one small network after few epochs; others may behave otherwise.{_rest(value)}

With your own groups:

```
aiducation groups data --weights weights.csv --by yaw --more turned --times 2
aiducation train data --weights weights.csv --out run
```
"""


def _how_sure(value: Mapping[str, Any]) -> str:
    """Whether the validation part tells the weights apart."""
    gains = [one["group"]["gain"] for one in value["valid"]["weights"]]
    if any(gain["low"] > 0 or gain["high"] < 0 for gain in gains):
        return ""
    return " No weight changed the group beyond chance there, so the choice is little better than a draw."


def _rest(value: Mapping[str, Any]) -> str:
    if value["retrained"] != "last layer":
        return ""
    return """
Only the last layers were learned anew, and these can react little to weights: so this cannot show what retraining whole networks
did in the study."""


def _weights(value: Mapping[str, Any]) -> str:
    return "\n".join(
        f"| {one['times']:g} | {one['worst']:.3f} | {_limits(one['group']['gain'])} | {_limits(one[OTHERS]['gain'])} "
        f"| {_limits(one[ALL]['gain'])} |"
        for one in value["valid"]["weights"]
    )


def _on_test(value: Mapping[str, Any]) -> str:
    test, picked = value["test"], value["chosen"]
    said = "\n".join(f"- {line}" for line in words(value))
    if test is None:
        return f"{said}\n"
    worst = min(value["valid"]["gaps"], key=lambda one: one["difference"])
    rows = "\n".join(
        f"| {_what(one, picked)} | {one['faces']:,} | {one['before']:.3f} | {one['after']:.3f} | {_limits(one['gain'])} "
        f"| {one['p_value']:.2g} | {one['overconfidence_before']:+.3f} | {_limits(one['overconfidence_change'])} "
        f"| {one['overconfidence_p_value']:.2g} |"
        for one in test["groups"]
    )
    return f"""The official test was then used with this weight alone; the same images had been used once before, for weight 2.
{test["faces"]:,} faces, {test["comparisons"]} comparisons, all p-values adjusted together (Holm). Intervals
hold the chance of other faces and of another training run. The worst of many groups on one part is so partly by
chance, and stands out less on other images: here by {worst["difference"]:+.3f} on validation and by
{test["against_the_others"]["before"]:+.3f} on the test, before anything was weighted.

{said}

| group | faces | mean recall before | after | gain | p, Holm | overconfidence before | change | p, Holm |
|---|---|---|---|---|---|---|---|---|
{rows}
"""


def _what(one: Mapping[str, Any], picked: Mapping[str, Any]) -> str:
    if one["attribute"] == ALL:
        return f"**{ALL}**"
    if one["attribute"] == "chosen":
        return f"**{picked['words'] if one['group'] == picked['group'] else OTHERS}**"
    return f"{one['attribute']}: {one['group']}"


def _limits(interval: Mapping[str, float]) -> str:
    """For example ``+0.003 (-0.003 to +0.009)``."""
    estimate, low, high = (f"{interval[name]:+.3f}".replace("-0.000", "+0.000") for name in ("estimate", "low", "high"))
    return f"{estimate} ({low} to {high})"


def kept_section(page: Path) -> str:
    """The section as it is on a page, "" if there is none."""
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    return text[text.index(HEADING) :] if HEADING in text else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--model", default="Compact_W8_D1")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--times", type=float, nargs="+", default=list(TIMES))
    parser.add_argument("--whole", action="store_true", help="train whole networks, not last layers")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    value = study(options)
    for line in words(value):
        print(line)
    if options.json:
        write_text(options.json, json.dumps(value, indent=1) + "\n")
    if options.page:
        text = options.page.read_text(encoding="utf-8")
        old = kept_section(options.page)
        write_text(options.page, f"{text.removesuffix(old).rstrip()}\n\n{section(value)}")


if __name__ == "__main__":
    main()
