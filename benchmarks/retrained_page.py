"""The section of docs/groups.md about retraining, from what ``retrain_by_group.py`` found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HEADING = "## Retraining with more weight on a group"

#: What the tables call all faces, and those outside the chosen group.
ALL, OTHERS = "all faces", "all others"

#: What is trained by several weights.
WHOLE, LAYER = "whole network", "last layer"


@dataclass(frozen=True)
class Kind:
    """A kind of retraining, in words.

    Attributes:
        heading: of its part.
        what: what was trained; fields of the values in braces.
        used: what the official test had been used for before.
    """

    heading: str
    what: str
    used: str


KINDS = {
    WHOLE: Kind(
        "Whole networks",
        "{seeds} seeds of the network {model} were trained from the beginning with each weight, {epochs} epochs each.",
        "the same images had been used twice before, for whole networks\nwith the weight 2 and for last layers with the "
        "weight 1.5.",
    ),
    LAYER: Kind(
        "Last layers alone",
        "{seeds} seeds of the network {model} were trained, {epochs} epochs each; then only their last layers were learned "
        "anew\nwith each weight, and these can react little to weights.",
        "the same images had been used once before, for weight 2.",
    ),
}


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


def section(found: Mapping[str, Any]) -> str:
    """The section of docs/groups.md.

    Args:
        found: kind of retraining -> its values, as ``retrain_by_group.py`` keeps them.
    """
    parts = "\n".join(_part(found[kind]) for kind in KINDS if kind in found)
    return f"""{HEADING}

*Written by `python benchmarks/retrain_by_group.py`; numbers:
[results/retrain_by_group.json](../results/retrain_by_group.json).*

The published study found that children were judged worse, and retrained. FER2013 does not say who is a child. What can be
repeated is the procedure: training with all images alike, and with one group counting more, by several weights. The group is
chosen on the validation part, as the third that the networks judge worst at an equal mix of states. The weight is chosen there,
too, by a rule that was written before the result of any weight but 2 was known: the worst of the three thirds is to be as good
as possible, and all faces together may lose a hundredth of mean recall at most. Small networks after few epochs were trained;
others may behave otherwise.

{parts}
With your own groups:

```
aiducation groups data --weights weights.csv --by yaw --more turned --times 2
aiducation train data --weights weights.csv --out run
```
"""


def _part(value: Mapping[str, Any]) -> str:
    """What came out of one kind of retraining."""
    picked, kind = value["chosen"], KINDS[value["retrained"]]
    worst = min(value["valid"]["gaps"], key=lambda one: one["difference"])
    return f"""### {kind.heading}

{kind.what.format(**value)} Judged worst: **{picked["words"]}** ({worst["difference"]:+.3f} against the others). Mean recall on
the {value["valid"]["faces"]:,} validation faces, and changes against the weight 1 with 95 % intervals:

| weight | worst third | the group, change | all others, change | all faces, change |
|---|---|---|---|---|
| 1 | {value["valid"]["weights"][0]["worst_before"]:.3f} | | | |
{_weights(value)}

The rule takes the weight **{picked["times"]:g}**.{_how_sure(value)}

{_on_test(value)}"""


def _how_sure(value: Mapping[str, Any]) -> str:
    """Whether the validation part tells the weights apart."""
    gains = [one["group"]["gain"] for one in value["valid"]["weights"]]
    if any(gain["low"] > 0 or gain["high"] < 0 for gain in gains):
        return ""
    return " No weight changed the group beyond chance there, so the choice is little better than a draw."


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
    return f"""The official test was then used with this weight alone; {KINDS[value["retrained"]].used}
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


def with_section(page: Path, section: str) -> str:
    """The text of a page with another section."""
    text = page.read_text(encoding="utf-8")
    return f"{text.removesuffix(kept_section(page)).rstrip()}\n\n{section}"
