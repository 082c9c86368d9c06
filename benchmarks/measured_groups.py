"""Does the packaged model do worse on some groups of faces? Official test of FER2013, and the foreign development sets.

    python benchmarks/measured_groups.py SETS --data DATA --cache CACHE [--json FILE.json] [--page docs/groups.md]
    python benchmarks/measured_groups.py --page-from FILE.json --page docs/groups.md

SETS and CACHE are those of ``foreign_faces.py``; DATA is a folder of ``aiducation prepare``. Groups are thirds of what is
measured on the faces of a set (size, pose, light, sharpness), and people where a set says who is shown. The same as
``aiducation groups``, whose tables it collects; the foreign sets show neutral and focused as one state, which two of them do
not tell apart. With ``--page-from`` the page is written from an earlier run's file.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from foreign_faces import ABOUT, FaceSet, foreign_sets, logits_of

from aiducation.environment import environment
from aiducation.evaluation.group_gaps import GroupGap
from aiducation.evaluation.intervals import Interval
from aiducation.evaluation.people import PeopleSpread
from aiducation.files import write_text
from aiducation.media.photos import read_photo
from aiducation.observations.assumptions import CAMERA, Assumptions
from aiducation.preprocess import SIDE
from aiducation.tables.table import open_table
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import Classifier
from aiducation.vision.group_check import GroupCheck, check_groups
from aiducation.vision.grouped_faces import check_prepared
from aiducation.vision.measured_groups import MEASURES, Measured, measure_crops, measure_pictures

_PAGE = """# Groups of faces: does the model do worse on some?

*Written by `python benchmarks/measured_groups.py` (results/README.md says with which files); numbers:
[results/measured_groups.json](../results/measured_groups.json).*

FER2013 does not record who is shown, and no program here guesses which group somebody belongs to; people can label it
([group-labels.md](group-labels.md)). What can be measured without that is how
the model does by size, pose, light and sharpness, and how far it differs between people where a set says who is who:

```
aiducation groups data                        the official test of a prepared folder
aiducation groups faces                       your own labelled faces; people where a CSV names persons
aiducation groups faces --groups labels.json  groups that annotators saw (see group-labels.md), or a table file,group
```

Each group is a third of the faces of its set by what was measured; its limits are in brackets: size is the shorter side of the
face's box in pixels, yaw goes from 0 (frontal) to 1 (profile), roll is in degrees. Brightness and contrast are mean and
standard deviation of the gray levels (0 to 1), light from one side is the difference between the means of the left and the
right half, and sharpness is how far points differ from their neighbours, relative to the contrast. *Against the others* is its
recall minus that of the other faces, state by state, so that a group with more of an easy state does not look better.
*Overconfidence* is the mean probability of the answers minus accuracy; beside it is its difference from the other faces, state
by state, too. Each p-value is that of the difference before it: near 1 it means that no difference was shown, not that there is
none. In brackets: 95 % intervals over persons (copies of one photo count as one); all p-values of a set are adjusted together
(Holm). A difference does not prove its cause. Groups of fewer than five people are left out.

No difference is a reason to treat people differently. If a group of your own pictures is judged worse, train with more weight on
it (`aiducation train --weights`), and compare the groups again: they show what that group gained and what it cost the others.
"""


def measured(one: FaceSet, sets: Path, cache: Path) -> Measured:
    """What is measured on the faces of a set; kept in the cache."""
    kept = cache / f"{one.name}-measured.npz"
    if not kept.is_file():
        analyzer, labels = Analyzer(threads=1, view="states"), sets / one.name / "labels.csv"
        with open_table(labels, prefer=("file", "state")) as table:
            files = [labels.parent / row["file"] for row in table.rows(("file", "state"))]
        if one.not_found:
            files = [path for path in files if _shows_a_face(analyzer, path)]
        if len(files) != len(one.truth):
            sys.exit(f"{one.name}: {len(files)} pictures for {len(one.truth)} faces; delete its files in {cache}.")
        crops = read_photo(files[0]).shape[:2] == (SIDE, SIDE)
        found = measure_crops(analyzer, one.faces) if crops else measure_pictures(analyzer, files)
        np.savez(kept, **{name.replace(" ", "_"): values for name, values in found.values.items()})
    with np.load(kept) as held:
        return Measured({name: held[name.replace(" ", "_")] for name in MEASURES})


def _shows_a_face(analyzer: Analyzer, path: Path) -> bool:
    image = read_photo(path)
    return image.shape[:2] == (SIDE, SIDE) or len(analyzer.detector.detect(image)) > 0


def check_set(one: FaceSet, classifier: Classifier, options: argparse.Namespace) -> GroupCheck:
    """The groups of a foreign set, as an analysis shows them."""
    assumed = Assumptions.of(classifier.info, conditions=CAMERA, view="calm")
    probs = assumed.apply(classifier.to_probs(logits_of(one, classifier, options.cache)))
    attributes = measured(one, options.sets, options.cache).thirds()
    left_out = [name for name in MEASURES if name not in attributes]
    found = check_groups(probs, one.truth, one.groups, attributes, view="calm", left_out=left_out)
    if one.name != "ckplus48":
        return found
    # Its three frames of a sequence are nearly alike: as evidence about a person they are one.
    rows = np.sort(np.unique(np.stack([one.groups, one.truth]), axis=1, return_index=True)[1])
    alone = check_groups(probs[rows], one.truth[rows], one.groups[rows], {}, view="calm")
    return dataclasses.replace(found, people=alone.people)


class Shown(NamedTuple):
    """What a page says of a set: its view, its groups, and its sentences as they were said with them."""

    view: str
    check: GroupCheck
    words: Sequence[str]


def page(found: Mapping[str, Shown]) -> str:
    """The page as Markdown."""
    parts = [_PAGE]
    for name, (view, one, words) in found.items():
        states = "all four states" if view == "states" else "neutral and focused as one state"
        rows = "\n".join(f"| {' | '.join([row[0], row[1], row[2], *row[3:9]])} |" for row in one.rows())
        what = ABOUT.get(name, "")
        parts.append(f"""## {name}, {states}

{what[:1].upper()}{what[1:]}; {one.faces:,} faces of the four states, {one.comparisons} comparisons.

{chr(10).join(f"- {line}" for line in words)}

| measured | third | faces | accuracy | against the others | p, Holm | overconfidence | against the others | p, Holm |
|---|---|---|---|---|---|---|---|---|
{rows}
""")
    return "\n".join(parts)


def kept(path: Path) -> dict[str, Shown]:
    """What an earlier run found, from its file."""

    def interval(key: str, value: Any) -> Any:
        """An interval, or any other value as it is. Calibration errors, which are not shown, had none in earlier versions."""
        if key == "calibration_error" and not isinstance(value, dict):
            value = {"estimate": value, "low": float("nan"), "high": float("nan")}
        return Interval(**value) if isinstance(value, dict) else value

    found = {}
    for name, one in json.loads(path.read_text(encoding="utf-8"))["sets"].items():
        gaps = [GroupGap(**{key: interval(key, value) for key, value in gap.items()}) for gap in one["groups"]]
        people = PeopleSpread(**one["people"]) if one["people"] else None
        more = {key: one[key] for key in ("faces", "comparisons", "left_out", "withheld", "by_hand")}
        found[name] = Shown(one["view"], GroupCheck(gaps=gaps, people=people, **more), one["words"])
    return found


def write_page(path: Path, found: Mapping[str, Shown]) -> None:
    old = path.read_text(encoding="utf-8") if path.is_file() else ""
    _, heading, rest = old.partition("## Retraining")  # retrain_by_group.py writes this section
    write_text(path, f"{page(found)}\n{heading}{rest}" if heading else page(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path, nargs="?")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--page-from", type=Path, help="the file of an earlier run, instead of running the networks")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    if options.page_from and options.page:
        write_page(options.page, kept(options.page_from))
        return
    if not (options.sets and options.data and options.cache):
        parser.error("name SETS, --data and --cache; or --page-from with --page")
    classifier = Classifier(threads=1)
    found: dict[str, tuple[str, GroupCheck]] = {}
    analyzer = Analyzer(threads=1, view="states", conditions="training")
    found["test"] = ("states", check_prepared(analyzer, options.data, view="states")[0])
    for one in foreign_sets(options.sets, options.cache):
        found[one.name] = ("calm", check_set(one, classifier, options))
    for name, (_, check) in found.items():
        for line in check.words():
            print(f"{name}: {line}", flush=True)
    value: dict[str, Any] = {
        "model": classifier.info.name,
        "sets": {name: {"view": view, **check.entry()} for name, (view, check) in found.items()},
        "environment": environment(),
    }
    if options.json:
        options.json.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    if options.page:
        write_page(options.page, {name: Shown(view, one, one.words()) for name, (view, one) in found.items()})


if __name__ == "__main__":
    main()
