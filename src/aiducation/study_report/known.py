"""What is known after all: what the published study got right, what it did not, and what is still unknown.

Every sentence follows from finished networks, and from the tables of the report that show the same numbers in full.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from statistics import fmean
from typing import Any

from aiducation import published
from aiducation.data.dataset import Dataset
from aiducation.data.splits import parse_split_name
from aiducation.evaluation.conclusions import SAME_CHANNELS, Conclusion
from aiducation.evaluation.groups import GroupScores
from aiducation.evaluation.intervals import Interval, mean_interval
from aiducation.evaluation.verdicts import MARGIN
from aiducation.study_report.cross_validations import CrossValidation
from aiducation.study_report.known_data import known_of_data
from aiducation.study_report.known_words import HEADINGS, RIGHT, UNKNOWN, WRONG, Known
from aiducation.study_report.page_parts import interval_words
from aiducation.study_report.study_cost import ten_folds_cost
from aiducation.study_report.study_protocol import SPLIT_WORDS, Protocol
from aiducation.study_report.study_runs import Study, by_model, published_interval
from aiducation.study_report.study_tables import ModelScores
from aiducation.words import many

#: Up to so many networks are named one by one.
_FEW = 3

_MORE_TRAININGS = "several trainings of each network"

_VERDICTS = {"holds": RIGHT, "does not hold": WRONG, "cannot tell": UNKNOWN}


def what_is_known(
    study: Study,
    conclusions: Sequence[Conclusion],
    scores: ModelScores,
    protocol: Protocol | None,
    folds: Sequence[CrossValidation],
    by_attribute: Mapping[str, GroupScores],
    dataset: Dataset | None = None,
) -> list[Known]:
    """Every statement, in the order of the report; those about the data come first.

    Args:
        study: its runs.
        conclusions: the tested ones; none where the study is not about the twelve networks.
        scores: of each finished network on the validation images.
        protocol: what the published protocol adds to accuracy; None where it was not measured.
        folds: the cross-validations.
        by_attribute: accuracy by annotated groups.
        dataset: the prepared data; statements about it are left out where it is not given.
    """
    of_data = [] if dataset is None else known_of_data(dataset)
    all_there = len(by_model(study.twelve)) == len(published.MODELS)
    trainings = sum(run.finished for run in study.twelve)
    concluded = [_concluded(one, all_there, trainings) for one in conclusions]
    more = [
        _accuracies(study, scores),
        _kernels(study),
        _protocol(protocol),
        _folds(study, folds, dataset),
        _children(by_attribute),
        _retrained(),
    ]
    if not study.is_published:
        concluded = [
            Known(UNKNOWN, "The eleven conclusions", "None of the twelve published networks is among these runs.")
        ]
    return [*of_data, *concluded, *(one for one in more if one)]


def summary(study: Study, known: Sequence[Known]) -> str:
    """The answers counted, in a sentence."""
    if not study.is_published:
        return (
            "These runs are not about the twelve published networks, so they say little about what the study concluded."
        )
    count = {answer: sum(one.answer == answer for one in known) for answer in HEADINGS}
    finished = len(by_model(study.twelve))
    are = "is" if finished == 1 else "are"
    return (
        f"{len(known)} statements of the published study, or about it: {count[RIGHT]} right, {count[WRONG]} not right, "
        f"{count[UNKNOWN]} unknown. {finished} of its {len(published.MODELS)} networks {are} trained to the end here, and only "
        f"finished networks are evidence about networks."
    )


def lists(known: Sequence[Known]) -> list[dict[str, Any]]:
    """A heading and its statements for each answer that was given; neighbours with the same reason become one item.

    What would decide several neighbours is said once, after the last of them.
    """
    found = []
    items: list[dict[str, Any]]
    for answer, heading in HEADINGS.items():
        items = []
        for needs, some in groupby((one for one in known if one.answer == answer), key=lambda one: one.needs):
            same = list(some)
            items += [
                {"whats": [one.what for one in alike], "plain": plain, "why": why, "decides": ""}
                for (plain, why), alike in groupby(same, key=lambda one: (one.plain, one.why))
            ]
            if needs:
                these = "it" if len(same) == 1 else f"these {len(same)}"
                last, decides = items[-1], f"What would decide {these}: {needs}."
                if last["plain"] and len(same) == 1:
                    last["why"] += f" {decides}"
                else:  # it is about what stands before, too, so that it is not folded away with the last one
                    last["decides"] = decides
        if items:
            found.append({"heading": heading, "items": items})
    return found


def _concluded(one: Conclusion, all_there: bool, trainings: int) -> Known:
    measured = one.interval is not None and one.interval.low != one.interval.high  # of an identity nothing is measured
    effect = f"{_sentence(one.effect)}: {interval_words(one.interval)}. " if one.interval and measured else ""
    caveat = f" ({one.caveat})" if one.caveat else ""
    answer = _VERDICTS[one.verdict]
    needs = f"{'' if all_there else 'the networks that are not finished; if they leave it open, '}{_MORE_TRAININGS}"
    why = f"{effect}{_sentence(one.reason)}{caveat}."
    if answer != UNKNOWN:
        return Known(answer, one.claim, why)
    return Known(answer, one.claim, why, needs, _plainly(one, trainings))


def _plainly(one: Conclusion, trainings: int) -> str:
    """What the estimate of an undecided claim looks like, and why that is not enough; "" without an estimate."""
    effect, near = one.interval, one.claim == SAME_CHANNELS
    if effect is None:
        return ""
    supports = abs(effect.estimate) < MARGIN if near else effect.estimate > 0
    estimate = f"{_range([effect.estimate])}{' epochs' if one.unit == 'epochs' else ''}"
    looks = f"It {'looks' if supports else 'does not look'} so ({estimate}), but"
    if not effect.has_limits:
        rests = "one finished training is" if trainings == 1 else f"{trainings} finished trainings are"
        return f"{looks} {rests} too few to tell this from chance."
    return f"{looks} with other images or another training it could come out the other way."


def _accuracies(study: Study, scores: ModelScores) -> Known | None:
    """Whether the published accuracies come out again."""
    if not study.is_published:
        return None
    what = "The accuracies of table 2.2 come out again (validation images, best epoch)"
    names = [name for name in published.MODELS if name in scores]
    if not names:
        return Known(UNKNOWN, what, "No network is finished.", "the twelve networks")
    theirs = {
        name: published_interval(published.TABLE_2_2[name].accuracy, published.TABLE_2_2_IMAGES) for name in names
    }
    same = sum(_agree(scores[name]["accuracy"], theirs[name], comparisons=len(names)) for name in names)
    differences = [scores[name]["accuracy"].estimate - theirs[name].estimate for name in names]
    together = fmean(differences)
    chance = _chance_of_mean([scores[name]["accuracy"] for name in names], [*theirs.values()])
    missing = len(published.MODELS) - len(names)
    each = [
        f"{name}: {interval_words(scores[name]['accuracy'])}, published {interval_words(theirs[name])}"
        for name in names[: _FEW if len(names) <= _FEW else 0]
    ]
    named = f"{'; '.join(each)}. " if each else ""
    why = (
        f"{named}For {same} of {many(len(names), 'finished network')} chance between images can explain the difference "
        f"(of several differences one is large by chance more often than a single one, which is allowed for); ours minus "
        f"published: {_range(differences)}, in the mean {_range([together])}, where it explains up to ±{chance:.3f}. The images "
        f"are others of the same data, and the best epoch was chosen on the images that it is counted on, here as there; the "
        f"study also flipped and turned its images while validating.{_without_copies(study)} "
        f"How far another training of the same network would differ is not counted."
    )
    if missing:  # the table is about twelve
        are = "is" if missing == 1 else "are"
        why = f"{many(missing, 'network')} of the table {are} not finished. {why}"
        plain = (
            f"For {same} of {many(len(names), 'finished network')} the difference can be chance; "
            f"{many(missing, 'network')} {are} not finished."
        )
        return Known(UNKNOWN, what, why, f"the networks that are not finished, and {_MORE_TRAININGS}", plain)
    if same == len(names) and abs(together) <= chance:
        return Known(RIGHT, what, why)
    if not same and min(len(runs) for runs in by_model(study.twelve).values()) > 1:
        return Known(WRONG, what, why)
    plain = f"For {same} of {many(len(names), 'network')} the difference can be chance; that does not settle it."
    return Known(UNKNOWN, what, why, _MORE_TRAININGS, plain)


def _chance_of_mean(ours: Sequence[Interval], theirs: Sequence[Interval]) -> float:
    """How far chance between images can move a mean of differences: networks that judge the same images err together, so at most
    as far as a single one."""
    each = (fmean((one.high - one.low) / 2 for one in some) for some in (ours, theirs))
    return math.hypot(*each)


def _without_copies(study: Study) -> str:
    """What makes the accuracies here lower than published ones of equally good networks."""
    if parse_split_name(study.split).kind not in ("official", "random"):
        return ""
    return " None of the images here has a duplicate in training, and of the published ones probably many have one."


def _agree(one: Interval, other: Interval, *, comparisons: int = 1) -> bool:
    """Whether chance explains the difference of two measurements that share no image (Bonferroni over the comparisons)."""
    from scipy.stats import norm

    spread = (((one.high - one.low) ** 2 + (other.high - other.low) ** 2) ** 0.5) / 2
    return abs(one.estimate - other.estimate) <= spread * float(norm.isf(0.025 / comparisons) / norm.isf(0.025))


def _kernels(study: Study) -> Known | None:
    """Whether the networks had the kernels of their names, which no result can tell."""
    if not study.is_published:
        return None
    return Known(
        UNKNOWN,
        "The twelve networks had the kernels that their names say",
        "The study's public training script does not pass the kernel on, so all may have had kernels of 3×3. Here each network "
        "has the kernel of its name.",
        "the weights of the study, which were not published",
        "No result can tell; the study's own script speaks against it.",
    )


def _protocol(protocol: Protocol | None) -> Known:
    """Whether the accuracies say how good the networks are on new faces."""
    what = "The reported accuracies hold for new faces"
    if protocol is None or not (together := protocol.together):
        return Known(
            UNKNOWN,
            what,
            "No network was trained on a split drawn as the study drew its own and on one that keeps all duplicates of a photo "
            "in one part.",
            "such trainings of the published networks, with several seeds",
        )
    names = ", ".join(dict.fromkeys(protocol.models))
    copies = protocol.effects.get("a duplicate in train (test, published)")
    measured = all(name in published.TABLE_2_2 for name in protocol.models)  # a smaller network is only a hint
    hint = "" if measured else ", so this is only a hint about the twelve"
    gains = " and ".join(
        f"by {interval_words(gained)} than on the test of “{kind}” ({SPLIT_WORDS[kind]})"
        for kind, gained in together.items()
    )
    why = (
        f"Measured on {names}{hint}. On a split drawn as the study drew its own, with the best epoch chosen on the images that "
        f"it is counted on, accuracy is higher {gains}. No face of these tests has a duplicate in training."
    )
    if copies:
        why += (
            f" Test images that have a duplicate in training are classified correctly more often, by {interval_words(copies)}; "
            "part of it may be that photos that occur often are easier."
        )
    if protocol.origin:
        why += f" From {protocol.origin}."
    if measured and protocol.seeds < 2:
        why += (
            " With one seed on each split, chance between trainings is not in these intervals, so no verdict follows."
        )
    answer, sure = UNKNOWN, measured and protocol.seeds > 1
    if sure and all(gained.low > 0 for gained in together.values()):
        answer = WRONG
    elif sure and all(gained.high < MARGIN for gained in together.values()):
        answer = RIGHT
    needs = "the published networks on all three splits, with several seeds"
    if answer != UNKNOWN:
        return Known(answer, what, why)
    gains_seen = [gained.estimate for gained in together.values()]
    plain = (
        f"Under the study's protocol {names if measured else f'another network ({names})'} did "
        f"{'better' if min(gains_seen) > 0 else 'not always better'} than on new faces ({_range(gains_seen)}), but "
        f"{'that is not certain' if measured else 'this says little about the twelve'}."
    )
    return Known(answer, what, why, needs, plain)


def _folds(study: Study, folds: Sequence[CrossValidation], dataset: Dataset | None) -> Known:
    """Whether ten folds give the published mean."""
    theirs = mean_interval([fold.accuracy for fold in published.K_FOLD])
    what = f"Ten folds give a mean accuracy of {theirs.estimate:.3f}"
    ten = len(published.K_FOLD)
    whole = [one for one in folds if len(one.scores) == ten == parse_split_name(one.split).n_folds]
    of_study = [one for one in whole if one.model in published.TABLE_2_2]
    if not of_study:
        said = [f"{one.model}, {one.trained}: {interval_words(one.accuracy)}" for one in whole]
        others = f" Another network, which says nothing about it: {'; '.join(said)}." if said else ""
        cost = f" {words}" if (words := ten_folds_cost(study, dataset)) else ""
        nobody = "No published network was cross-validated in ten folds."
        more = f"{others}{cost}".strip()
        return Known(UNKNOWN, what, more or nobody, "these ten folds", nobody if more else "")
    said = [f"{one.model}: {interval_words(one.accuracy)}" for one in of_study]
    why = (
        f"{'; '.join(said)}; published {interval_words(theirs)}. Here all duplicates of a photo are in one fold; the published "
        "folds were drawn image by image, which makes an accuracy look too good. Folds share training images, so these intervals "
        "are somewhat too narrow."
    )
    if all(_agree(one.accuracy, theirs) for one in of_study):
        return Known(RIGHT, what, why)
    needs = "ten folds that are drawn image by image, as the study drew its own"
    return Known(UNKNOWN, what, why, needs, "The mean here is another one, but the folds were drawn in another way.")


def _children(by_attribute: Mapping[str, GroupScores]) -> Known:
    """Whether children are judged worse, by the most accurate network on validation."""
    group = {one.group: one for one in published.GROUPS if one.attribute == "age"}
    what = (
        f"Children are judged worse than adults ({group['child'].accuracy_before:.3f} against "
        f"{group['adult'].accuracy_before:.3f})"
    )
    scores = by_attribute.get("age")
    pair = next((p for p in (scores.pairs if scores else {}) if set(p) == {"adult", "child"}), None)
    if scores is None or pair is None:
        return Known(
            UNKNOWN,
            what,
            "No table with the columns id and age (child, adult) was given with --groups; docs/group-labels.md shows how people "
            "label pictures.",
            "such labels by several people",
            "FER2013 does not say who is shown.",
        )
    gap = scores.pairs[pair]
    if gap.low <= 0:
        why = f"{pair[0]} minus {pair[1]}: {interval_words(gap)}, over these annotated images."
        return Known(UNKNOWN, what, why, "more annotated images")
    return Known(
        RIGHT if pair == ("adult", "child") else WRONG,
        what,
        f"{pair[0]} minus {pair[1]}: {interval_words(gap)}, over these annotated images, with one trained network.",
    )


def _retrained() -> Known:
    """Whether more pictures of children help them, which no run here tries."""
    child = next(one for one in published.GROUPS if one.group == "child")
    return Known(
        UNKNOWN,
        f"Retraining with more pictures of children helps them ({child.accuracy_before:.3f} before, "
        f"{child.accuracy_after:.3f} after)",
        "docs/groups.md tries the same for another group, faces of flat contrast.",
        "labels of age, and networks that are trained with and without these pictures",
        "No run here repeats this.",
    )


def _range(values: Sequence[float]) -> str:
    digits = 3 if max(map(abs, values)) < 1 else 1  # accuracies and shares; epochs
    least, most = (f"{value:+.{digits}f}".replace("-", "−") for value in (min(values), max(values)))
    return least if least == most else f"{least} to {most}"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
