"""What annotators and a model say of the same faces and times."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from aiducation.errors import DataFileError
from aiducation.observations.annotations import Annotation, Annotations, Target
from aiducation.observations.ratings import CONTRADICTIONS, ratings_of
from aiducation.observations.track_names import TrackNames
from aiducation.states import STATES
from aiducation.study_report.agreement import report_agreement
from annotation_makers import coded, photo_labels
from coded_lessons import coder, lesson
from makers import faces_of

BORED, NEUTRAL = np.eye(5, dtype=np.float32)[3], np.eye(5, dtype=np.float32)[0]


def test_moments_of_people() -> None:
    a = coded({"track 1": [(0, 4, "bored"), (4, 8, "neutral")], "Mia": [(0, 2, "angry")]})
    b = coded({"track 1": [(0, 6, "bored")], "Mia": [(1, 2, "cannot_tell")], "Tom": [(0, 9, "bored")]}, "Ben")
    found = ratings_of({"Anna": a, "Ben": b}, every_s=1.0)
    assert found.states == ("neutral", "angry", "focused", "bored")
    assert found.times.tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5] and set(found.who) == {"track 1"}
    assert found.table.tolist() == [[3, 3, 3, 3, 0, 0], [3] * 6]
    assert found.notes == ("Labels “cannot tell”, which count as no rating: 1.",)
    assert found.onsets(0, 1) == [({0: [4.0]}, {}), ({}, {})]


def test_an_onset_counts_where_both_rate() -> None:
    """As a moment does: a second coder often codes a part only, and of the rest nothing is known."""
    turns = [(10.0 * k, 10.0 * k + 10, ("bored", "neutral")[k % 2]) for k in range(12)]
    anna = coded({"track 1": turns, "track 2": turns})
    ben = coded({"track 1": turns[4:7], "track 2": turns}, "Ben")
    found = ratings_of({"Anna": anna, "Ben": ben})
    assert found.onsets(0, 1, 1.0)[0] == ({3: [40.0, 60.0], 0: [50.0, 70.0]}, {0: [50.0], 3: [60.0]})
    assert found.onsets(1, 0, 1.0)[0] == ({0: [50.0], 3: [60.0]}, {3: [40.0, 60.0], 0: [50.0, 70.0]})
    off = (
        Annotation(kind="exclude", target=Target(source="lesson.mp4", from_s=45.0, to_s=105.0)),
        Annotation(kind="hide", target=Target(source="lesson.mp4", track=1)),
    )
    [both] = ratings_of({"Anna": anna + off, "Ben": ben}).onsets(0, 1, 1.0)
    assert both == ({0: [10.0, 30.0, 110.0], 3: [20.0, 40.0]},) * 2
    unsure = [(0.0, 10.0, "bored"), (10.0, 12.0, "cannot_tell"), (12.0, 20.0, "bored"), (20.0, 30.0, "neutral")]
    found = ratings_of({"Anna": coded({"track 1": unsure}), "Ben": coded({"track 1": turns[:3]}, "Ben")})
    assert found.onsets(0, 1, 1.0) == [({0: [20.0]}, {0: [10.0], 3: [20.0]})]  # who cannot tell says no new state


@pytest.mark.parametrize("every", [0.1, 0.5, 1.0, 2.0])
def test_the_label_of_a_single_picture_is_one_moment(every: float) -> None:
    """Wherever it lies: between two moments, at the beginning, or anywhere."""
    at = [0.0, 12.0, 20.3, 31.5, 40.0]
    points = {"track 1": [(t, t, "bored" if t < 30 else "angry") for t in at]}
    found = ratings_of({"Anna": coded(points), "Ben": coded(points, "Ben")}, every_s=every)
    assert len(found.times) == len(at) and (np.abs(found.times - at) <= every / 2 + 1e-9).all()
    assert found.table.tolist() == [[3, 3, 3, 1, 1]] * 2


def test_a_model_is_compared_at_its_samples() -> None:
    recording, truth = lesson(people=6, seconds=30)
    found = ratings_of({"Anna": coder(truth, "Anna", wrong=0, late=0)}, [recording], every_s=2.0)
    assert found.raters == ("Anna", "model") and found.model == 1 and found.probs is not None
    assert sorted(set(found.times)) == [float(t) for t in range(0, 30, 2)]
    for n in range(len(found.times)):
        person = int(found.who[n].removeprefix("track "))
        assert found.table[0, n] == truth[int(found.times[n]), person]
        probs = recording.frames[int(found.times[n])].probs[person][:4]
        np.testing.assert_allclose(found.probs[n], probs / probs.sum(), rtol=1e-6)
    assert len(set(found.people)) == 6


def test_names_and_places_find_the_track() -> None:
    recording, _ = lesson(people=3, seconds=10)
    by_name = coded({"Mia": [(0, 5, "bored")]})
    with pytest.raises(DataFileError, match="Labels of faces that are not in the result: 1"):
        ratings_of({"Anna": by_name}, [recording])
    found = ratings_of({"Anna": by_name}, [recording], names=[TrackNames(source="lesson.mp4", names={2: "Mia"})])
    assert set(found.who) == {"Mia"} and set(found.people) == {"Mia"} and len(found.times) == 5
    box = Target(source="lesson.mp4", person="CVAT track 7", box=(121.0, 2.0, 158.0, 49.0), from_s=0.0, to_s=3.0)
    placed = ratings_of({"Anna": Annotations((Annotation(target=box, state="bored"),))}, [recording])
    assert set(placed.who) == {"track 2"} and len(placed.times) == 3


def test_faces_of_photos_by_number_and_place() -> None:
    photo = replace(faces_of([BORED, NEUTRAL, NEUTRAL]), source="class.jpg")
    labels = photo_labels(["bored", "bored", "other"])
    found = ratings_of({"Anna": labels}, [photo])
    assert found.table.tolist() == [[3, 3, 4], [3, 0, 0]] and found.states[-1] == "other"
    placed = Annotations(tuple(replace(one, target=replace(one.target, face=None)) for one in labels))
    assert ratings_of({"Anna": placed}, [photo]).table.tolist() == found.table.tolist()
    two = ratings_of({"Anna": placed, "Ben": placed})
    assert two.table.tolist() == [[3, 3, 4]] * 2


def test_only_faces_that_were_chosen_at_random_measure_a_model() -> None:
    photo = replace(faces_of([BORED] * 4), source="class.jpg")
    chosen = ("random", "uncertain", "random", "")
    labels = [replace(one, chosen=how) for one, how in zip(photo_labels(["bored"] * 4), chosen, strict=True)]
    labels[3] = replace(labels[3], answer_shown=True)
    found = ratings_of({"Anna": Annotations(tuple(labels))}, [photo])
    assert len(found.who) == 2 and found.notes[0].startswith("Labels that are left out, because")
    assert len(ratings_of({"A": Annotations(tuple(labels)), "B": Annotations(tuple(labels))}).who) == 4, "people may"
    with pytest.raises(DataFileError, match="chosen at random"):
        ratings_of({"Anna": Annotations((labels[1], labels[3]))}, [photo])


def test_excluded_hidden_and_contradicting() -> None:
    a = coded({"track 1": [(0, 10, "bored"), (0, 5, "angry")], "track 2": [(0, 10, "bored")]})
    a += (Annotation(kind="exclude", target=Target(source="lesson.mp4", from_s=8.0, to_s=10.0)),)
    a += (Annotation(kind="hide", target=Target(source="lesson.mp4", track=2)),)
    b = coded({"track 1": [(0, 10, "bored")], "track 2": [(0, 10, "bored")]}, "Ben")
    found = ratings_of({"Anna": a, "Ben": b})
    assert found.table.tolist() == [[1] * 5 + [3] * 3, [3] * 8]
    assert {note.rpartition(":")[0].split(",")[0] for note in found.notes} == {
        "Labels that a later label of the same annotator contradicts; only the later one counts",
        "Times in excluded spans",
    }


def test_a_span_that_is_excluded_for_one_track_leaves_the_others() -> None:
    a = coded({"track 1": [(0, 6, "bored")], "track 2": [(0, 6, "bored")]})
    a += (Annotation(kind="exclude", target=Target(source="lesson.mp4", track=2, from_s=2.0, to_s=6.0)),)
    b = coded({"track 1": [(0, 6, "bored")], "track 2": [(0, 6, "angry")]}, "Ben")
    found = ratings_of({"Anna": a, "Ben": b})
    assert found.who.tolist() == ["track 1"] * 6 + ["track 2"] * 2
    assert found.notes == ("Times in excluded spans, which are left out: 4.",)
    recording, truth = lesson(people=3, seconds=10)
    coding = coder(truth, "Anna", wrong=0, late=0)
    named = [TrackNames(source="lesson.mp4", names={2: "Mia"})]
    for whom in ({"track": 2}, {"person": "Mia"}, {"box": (121.0, 2.0, 158.0, 49.0)}):
        span = Target(source="lesson.mp4", from_s=0.0, to_s=5.0, **whom)  # type: ignore[arg-type]
        one = ratings_of(
            {"Anna": Annotations((*coding, Annotation(kind="exclude", target=span)))}, [recording], names=named
        )
        assert {name: int((one.who == name).sum()) for name in set(one.who)} == {"track 0": 10, "track 1": 10, "Mia": 5}


def test_files_of_one_name_in_several_folders_are_several_files() -> None:
    """The second one's labels do not take the place of the first one's, nor count as labels of its result."""

    def both(annotator: str, first: str, second: str) -> Annotations:
        one, two = (
            coded({"track 1": [(0, 4, state)]}, annotator, f"day {k}/lesson.mp4")
            for k, state in enumerate((first, second), 1)
        )
        return one + two

    a, b = both("Anna", "bored", "angry"), both("Ben", "bored", "neutral")
    found = ratings_of({"Anna": a, "Ben": b})
    assert found.sources.tolist() == ["day 1/lesson.mp4"] * 4 + ["day 2/lesson.mp4"] * 4
    assert found.table.tolist() == [[3] * 4 + [1] * 4, [3] * 4 + [0] * 4] and not found.notes
    recording = replace(lesson(people=2, seconds=4)[0], source="day 2/lesson.mp4")
    measured = ratings_of({"Anna": a}, [recording])
    assert measured.table[0].tolist() == [1] * 4
    assert "Labels of photos and recordings without a result: 1." in measured.notes


def test_files_in_folders_are_the_same_files() -> None:
    a, b = coded({"A": [(0, 4, "bored")]}, source="week 1/lesson.mp4"), coded({"A": [(0, 4, "bored")]}, "Ben")
    assert len(ratings_of({"Anna": a, "Ben": b}).times) == 4


def test_blanks_at_the_ends_of_a_source_are_lost_in_tables_alone() -> None:
    """Labels that came through a CSV are about the same recording; two that differ in blanks alone stay two."""
    result = replace(lesson(people=2, seconds=4)[0], source=" lesson.mp4 ")
    found = ratings_of({"Anna": coded({"track 1": [(0, 4, "bored")]})}, [result])
    assert set(found.sources.tolist()) == {" lesson.mp4 "} and not found.notes[1:]

    def both(annotator: str) -> Annotations:
        one, two = (coded({"A": [(0, 4, "bored")]}, annotator, source) for source in ("lesson.mp4", " lesson.mp4"))
        return one + two

    assert set(ratings_of({"Anna": both("Anna"), "Ben": both("Ben")}).sources.tolist()) == {"lesson.mp4", " lesson.mp4"}


def test_nothing_in_common_is_said() -> None:
    with pytest.raises(DataFileError, match=r"rated by two of Anna, Ben\. Files, tracks, persons and times"):
        ratings_of({"Anna": coded({"A": [(0, 4, "bored")]}), "Ben": coded({"B": [(0, 4, "bored")]})})


def test_what_only_one_annotator_rated_is_told() -> None:
    """A second coder often codes a part only; and a name in other letters is another person."""
    anna = coded({"Mia": [(0, 8, "bored")], "Tom": [(0, 4, "bored")], "track 3": [(0, 2, "angry")]})
    ben = coded({"mia": [(0, 8, "bored")], "Tom": [(0, 2, "bored")], "track 3": [(0, 2, "angry")]}, "Ben")
    both = {"Anna": anna, "Ben": ben}
    said = (
        "Left out, because only one annotator rated them: 18 of 22 (Anna 10, Ben 8).",
        "Only Anna rated Mia (lesson.mp4). Perhaps others named them differently.",
        "Only Ben rated mia (lesson.mp4). Perhaps others named them differently.",
    )
    found = ratings_of(both)
    assert found.alone == said and report_agreement(found).notes[-3:] == said
    assert ratings_of({"Anna": anna, "Ben": anna}).alone == ()
    recording, truth = lesson(people=6, seconds=10)
    seen = coder(truth, "Anna", wrong=0, late=0)
    half = Annotations(tuple(one for one in seen if one.target.track != 2))
    with_model = report_agreement(ratings_of({"Anna": seen, "Ben": half}, [recording]))
    assert with_model.notes[-2:] == (
        "Left out, because only one annotator rated them: 10 of 60 (Anna 10).",
        "Only Anna rated track 2 (lesson.mp4). Perhaps others named them differently.",
    )
    other = Annotations(tuple(one for one in seen if one.target.track == 2))
    without = report_agreement(ratings_of({"Anna": half, "Ben": other}, [recording]))
    assert without.notes[-1].startswith(
        "No face, and no person at any time, was rated by two of Anna, Ben. Files, tracks"
    )


def test_a_label_of_a_single_picture_is_compared_with_the_answer_for_that_picture() -> None:
    """Samples lie nearer together than moments: each labelled picture counts, and none as its neighbour."""
    recording, truth = lesson(people=4, seconds=12)
    for every in (1.0, 2.0, 4.0):
        at = {"track 1": [(t, t, STATES[truth[int(t), 1]]) for t in (1.0, 2.0, 5.0)]}
        found = ratings_of({"Anna": coded(at)}, [recording], every_s=every)
        rated = found.table[0] >= 0
        assert found.times[rated].tolist() == [1.0, 2.0, 5.0]
        assert found.table[0, rated].tolist() == [truth[t, 1] for t in (1, 2, 5)]
        probs = np.array([recording.frames[t].probs[1][:4] for t in (1, 2, 5)])
        np.testing.assert_allclose(found.probs[rated], probs / probs.sum(axis=1, keepdims=True), rtol=1e-6)


@pytest.mark.parametrize("when", [{}, {"from_s": 2.0}, {"from_s": 2.0, "to_s": 2.0}])
def test_of_two_labels_of_a_track_or_a_picture_of_it_the_later_one_counts_and_is_told(when: dict[str, float]) -> None:
    target = Target(source="lesson.mp4", track=1, **when)  # type: ignore[arg-type]
    twice = Annotations(tuple(Annotation(target=target, state=state) for state in ("bored", "angry", "angry")))
    found = ratings_of({"Anna": twice, "Ben": twice})
    assert (found.table == found.states.index("angry")).all()
    assert found.notes == (f"{CONTRADICTIONS}: 2.",)  # one of each annotator


def test_whole_tracks_are_one_unit() -> None:
    whole = Annotations((Annotation(target=Target(source="lesson.mp4", track=1), state="bored"),))
    assert np.isnan(ratings_of({"Anna": whole, "Ben": whole}).times).tolist() == [True]


def test_two_people_are_compared_as_if_there_were_no_model() -> None:
    """The moments of a pair of people, and so their kappa, do not depend on the times of a result."""
    recording, truth = lesson(people=6, seconds=40)
    both = {"Anna": coder(truth, "Anna"), "Ben": coder(truth, "Ben", seed=2, late=1.5)}
    alone = ratings_of(both)
    for every in (1, 3):
        thinned = replace(recording, frames=recording.frames[::every])
        found = ratings_of(both, [thinned]).among_people
        assert found is not None and found.table.tolist() == alone.table.tolist()
        assert found.times.tolist() == alone.times.tolist()
    assert ratings_of({"Anna": both["Anna"]}, [recording]).among_people is None


def test_moments_without_a_state_of_the_model_are_counted() -> None:
    photo = replace(faces_of([BORED, NEUTRAL, NEUTRAL]), source="class.jpg")
    photo = replace(photo, states=("bored", "unclear", "unclear"), reasons=("", "not sure", "not sure"))
    found = ratings_of({"Anna": photo_labels(["bored"] * 3), "Ben": photo_labels(["bored"] * 2, "Ben")}, [photo])
    assert found.unanswered == (2, 1)


def test_in_the_calm_view_people_are_merged_as_the_model_is() -> None:
    probs = np.array([0.3, 0.05, 0.3, 0.35, 0.0], np.float32)  # bored is the largest of the four, and calm of the three
    photo = faces_of([probs] * 3)
    photo = replace(photo, source="class.jpg", view="calm", states=("calm",) * 3, reasons=("",) * 3)
    both = {"Anna": photo_labels(["neutral", "focused", "bored"]), "Ben": photo_labels(["focused"] * 3, "Ben")}
    found = ratings_of(both, [photo])
    assert found.states == ("calm", "angry", "bored")
    assert found.table.tolist() == [[0, 0, 2], [0, 0, 0], [0, 0, 0]]
    np.testing.assert_allclose(found.confidence, 0.6, rtol=1e-6)
    assert any("neutral and focused count as one state" in note for note in found.notes)
    assert found.among_people is not None and found.among_people.table.tolist() == [[0, 2, 3], [2, 2, 2]]
