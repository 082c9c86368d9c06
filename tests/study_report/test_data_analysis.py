"""The numbers of the data report; they live in ``aiducation.data.analysis``."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import entropy

from aiducation.data import analysis
from aiducation.data.votes import EMOTIONS, VOTE_COLUMNS
from aiducation.states import OTHER
from needs import need_package


def votes_of(**columns: int) -> np.ndarray:
    return np.array([[columns.get(name, 0) for name in VOTE_COLUMNS]], dtype=np.uint8)


def test_entropy_equals_scipys() -> None:
    votes = np.random.default_rng(0).multinomial(10, np.full(10, 0.1), size=200).astype(np.uint8)
    np.testing.assert_allclose(analysis.vote_entropy(votes), entropy(votes, base=2, axis=1))


def test_entropy_of_agreement_and_of_no_votes_is_zero() -> None:
    votes = np.concatenate([votes_of(neutral=10), votes_of(), votes_of(anger=5, fear=5)])
    assert analysis.vote_entropy(votes).tolist() == [0.0, 0.0, 1.0]


def test_majority_knows_ties() -> None:
    votes = np.concatenate([votes_of(anger=6, fear=4), votes_of(anger=5, fear=5)])
    assert analysis.most_voted(votes).tolist() == [VOTE_COLUMNS.index("anger"), analysis.TIE_INDEX]


def test_agreement_counts_images_and_leaves_out_unknown_emotions() -> None:
    votes = np.concatenate(
        [votes_of(happiness=9, neutral=1), votes_of(neutral=8, fear=2), votes_of(anger=5, fear=5)] * 2
    )
    emotion = np.array([EMOTIONS.index("happy"), EMOTIONS.index("fear"), EMOTIONS.index("angry"), -1, -1, -1])
    table = analysis.agreement(emotion, votes)
    assert table.shape == (7, 11) and table.sum() == 3
    assert table[EMOTIONS.index("happy"), VOTE_COLUMNS.index("happiness")] == 1
    assert table[EMOTIONS.index("angry"), -1] == 1  # no majority
    rates = analysis.agreement_rates(table)
    assert (rates["happy"], rates["fear"], rates["angry"]) == (1.0, 0.0, 0.0)
    assert rates["overall"] == pytest.approx(1 / 3)
    assert np.isnan(rates["sad"])


def test_histogram_and_mean_face_equal_numpys() -> None:
    images = np.random.default_rng(1).integers(0, 256, (50, 48, 48), dtype=np.uint8)
    ids = np.arange(0, 50, 3)
    expected = np.histogram(images[ids], bins=64, range=(0, 256))[0] / images[ids].size
    np.testing.assert_allclose(analysis.intensity_histogram(images, ids), expected)
    np.testing.assert_allclose(analysis.mean_face(images, ids), images[ids].mean(axis=0))


def test_no_images_give_empty_numbers() -> None:
    images, none = np.zeros((3, 48, 48), dtype=np.uint8), np.zeros(0, dtype=np.int64)
    assert analysis.intensity_histogram(images, none).sum() == 0
    assert analysis.mean_face(images, none).shape == (48, 48)


def test_states_are_counted_among_kept_images_only() -> None:
    state = np.array([0, 0, 1, -1, 3], dtype=np.int8)
    kept = np.array([True, False, True, True, True])
    assert analysis.state_counts(state, kept) == {"neutral": 1, "angry": 1, "focused": 0, "bored": 1, OTHER: 1}


def test_group_sizes() -> None:
    assert analysis.group_sizes(np.array([7, 7, 7, 2, 5, 5])) == {1: 1, 2: 1, 3: 1}


def test_samples_repeat_with_the_seed_and_are_kept_images_of_their_state() -> None:
    state = np.tile(np.array([0, 1, 2, 3, -1], dtype=np.int8), 40)
    kept = np.arange(200) % 2 == 0
    chosen = analysis.sample_ids(state, kept, 8, seed=3)
    for i, ids in enumerate(chosen.values()):
        assert len(ids) == 8 and (state[ids] == i).all() and kept[ids].all()
    again = analysis.sample_ids(state, kept, 8, seed=3)
    assert all(np.array_equal(chosen[name], again[name]) for name in chosen)
    assert len(analysis.sample_ids(state, kept, 1000, seed=3)["bored"]) == 20


def test_the_figure_of_entropies_shows_every_image() -> None:
    """Ten raters who say ten different things: 3.32 bits, the most that there is."""
    need_package("matplotlib")
    from aiducation.study_report.data_figures import entropy_figure

    values = analysis.vote_entropy(np.concatenate([np.ones((3, len(VOTE_COLUMNS)), np.uint8), votes_of(neutral=10)]))
    assert values.max() == pytest.approx(np.log2(len(VOTE_COLUMNS)))
    (axes,) = entropy_figure({OTHER: values}).axes
    (steps,) = axes.patches
    heights, edges, _ = steps.get_data()
    assert heights.sum() == pytest.approx(1) and heights[-1] == pytest.approx(0.75)
    assert axes.get_xlim()[1] == edges[-1] > values.max()
