from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from aiducation.errors import DataMismatchError
from aiducation.evaluation.conclusions import PUBLISHED_BEST, Conclusion, conclude
from aiducation.evaluation.evidence import TrainedModel, effect_interval
from aiducation.evaluation.intervals import Interval
from aiducation.evaluation.verdicts import MIN_DF, within_margin
from aiducation.predictions import Predictions
from aiducation.published import MODELS
from aiducation.training.models import PublishedConfig

Choose = Callable[..., Predictions]
Accuracy = Callable[[PublishedConfig], float]

K3, K7, BLOCKS, CHANNELS, EASY, CONFUSED, OVERFIT, FLUCTUATE, RISE, MICRO, BEST = range(11)
N = 2000


def parse(name: str) -> PublishedConfig:
    config = PublishedConfig.parse(name)
    assert config is not None
    return config


def log_of(config: PublishedConfig, epochs: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Small models fit faster, fluctuate more and overfit more, with a little noise."""
    epoch = np.arange(1, epochs + 1)
    big = config.fc_layers * config.channels**2 / 2048  # 1/8 to 1
    noise = rng.normal(0, 0.001, size=epochs)
    valid = 0.6 * (1 - np.exp(-epoch / (3 + 6 * big))) + noise
    gap = 0.1 if config.blocks == 4 else 0.05
    return {
        "train_accuracy": valid + gap * epoch / epochs,
        "valid_accuracy": valid,
        "valid_loss": 1 + (0.2 - 0.1 * big) * (-1.0) ** epoch + noise,
    }


@pytest.fixture
def train(choose: Choose) -> Callable[..., list[TrainedModel]]:
    """Twelve models with chosen accuracies.

    ``shared`` makes harder images hard for all of them, so that photos add hardly any chance to their differences;
    otherwise each model is right where chance wants it. Errors on focused and neutral go to each other in 70 %, those on
    the others anywhere.
    """

    def make(
        accuracy: Accuracy,
        *,
        shared: bool = True,
        seeds: Sequence[int] = (0,),
        epochs: int = 100,
        n: int = N,
        draw: int = 0,
    ) -> list[TrainedModel]:
        y_true = np.arange(n) % 4
        partner = (y_true + 2) % 4
        quarter = -(-n // 4)  # the same luck in every state keeps the accuracies exact
        same_luck = np.repeat(np.random.default_rng(draw).permutation(quarter) / quarter, 4)[:n]
        models = []
        for name in MODELS:
            config = parse(name)
            for seed in seeds:
                rng = np.random.default_rng([draw, MODELS.index(name), seed])
                luck = same_luck if shared else rng.random(n)
                # Angry and bored are easier by 0.2 than the mean, focused and neutral harder by 0.2.
                right = luck < accuracy(config) + np.where(y_true % 2 == 1, 0.2, -0.2)
                elsewhere = np.where(rng.random(n) < 0.7, partner, (y_true + rng.choice([1, 3], size=n)) % 4)
                anywhere = (y_true + rng.choice([1, 2, 3], size=n)) % 4
                wrong = np.where(y_true % 2 == 0, elsewhere, anywhere)
                said = choose(y_true, np.where(right, y_true, wrong))
                models.append(
                    TrainedModel(
                        name=name,
                        kernel_size=config.kernel_size,
                        blocks=config.blocks,
                        channels=config.channels,
                        fc_layers=config.fc_layers,
                        seed=seed,
                        log=log_of(config, epochs, rng),
                        valid=said,
                        test=said,
                        epochs=epochs,
                        epochs_done=epochs,
                    )
                )
        return models

    return make


Train = Callable[..., list[TrainedModel]]


def as_published(config: PublishedConfig) -> float:
    """5×5 better by 0.04, 8 blocks better by 0.05, channels without effect, the named best model better still."""
    bonus = 0.05 * (config.name == PUBLISHED_BEST)
    return 0.5 + 0.04 * (config.kernel_size == 5) + 0.05 * (config.blocks == 8) + bonus


def verdicts(conclusions: list[Conclusion]) -> list[str]:
    return [conclusion.verdict for conclusion in conclusions]


def test_a_world_as_the_study_saw_it(train: Train) -> None:
    found = conclude(train(lambda c: as_published(c) - 0.05 * (c.name == PUBLISHED_BEST)), n_resamples=300)
    assert verdicts(found)[:MICRO] == ["holds"] * 9
    assert found[MICRO].verdict == "does not hold"
    assert found[BEST].verdict == "cannot tell"  # its twin of 32 channels is just as good
    assert all(conclusion.caveat == "" for conclusion in found)
    assert found[K3].interval is not None
    assert found[K3].interval.estimate == pytest.approx(0.04, abs=0.002)
    assert "0.566 against 0.526 on 2,000 images (test)" in found[K3].reason


def test_several_seeds_of_a_network_are_no_further_networks(train: Train) -> None:
    """Overfitting of two kinds of networks, however often each is trained, says nothing of the others."""
    few = [
        model for model in train(lambda c: 0.6, seeds=range(4), n=200) if model.channels == 16 and model.kernel_size < 7
    ]
    (found,) = (one for one in conclude(few, n_resamples=50) if one.claim == "Fewer layers overfit more")
    assert len(few) == 16 and found.verdict == "cannot tell"
    assert "over 2 pairs at epoch" in found.reason and "2 pairs are too few" in found.reason
    assert found.interval is not None and found.interval.estimate == pytest.approx(0.05, abs=0.005)
    all_ = train(lambda c: 0.6, seeds=range(2), n=200)
    (found,) = (one for one in conclude(all_, n_resamples=50) if one.claim == "Fewer layers overfit more")
    assert found.verdict == "holds" and "over 6 pairs" in found.reason


def test_the_opposite_world(train: Train) -> None:
    found = conclude(
        train(lambda c: 0.6 - 0.04 * (c.kernel_size == 5) - 0.05 * (c.blocks == 8) + 0.06 * (c.channels == 32)),
        n_resamples=300,
    )
    assert [found[i].verdict for i in (K3, K7, BLOCKS, CHANNELS, BEST)] == ["does not hold"] * 5
    assert found[BEST].interval is not None
    assert found[BEST].interval.high < 0
    assert "B32_N4_FC1_K" in found[BEST].reason


def test_the_best_model_must_beat_all_others(train: Train) -> None:
    best = conclude(train(as_published, seeds=(0, 1)), n_resamples=300)[BEST]
    assert best.verdict == "holds"
    assert best.interval is not None
    assert best.interval.estimate == pytest.approx(0.05, abs=0.002)
    assert "reliably better than 11 and reliably worse than 0 of 11 models" in best.reason
    assert "2 or more seeds of each model" in best.reason


@pytest.mark.slow
def test_luck_between_runs_is_not_taken_for_a_difference(train: Train) -> None:
    """Models of equal worth, each with a good or bad run: of 100 tests at 5 %, about five may fail."""
    wrong = 0
    for draw in range(25):
        luck = dict(zip(MODELS, np.random.default_rng(draw).normal(0.6, 0.03, size=len(MODELS)), strict=True))
        models = train(lambda config, luck=luck: luck[config.name], shared=False, n=400, draw=draw)
        found = conclude(models, n_resamples=200)
        wrong += sum(found[i].verdict != "cannot tell" for i in (K3, K7, BLOCKS, BEST))
    assert wrong <= 8


def test_noise_between_runs_widens_the_intervals(train: Train) -> None:
    def uneven(config: PublishedConfig) -> float:
        return as_published(config) + 0.08 * (-1) ** MODELS.index(config.name) * (config.kernel_size != 7)

    calm, noisy = (conclude(train(world), n_resamples=300)[K3].interval for world in (as_published, uneven))
    assert calm is not None and noisy is not None
    assert noisy.high - noisy.low > 2 * (calm.high - calm.low)


def test_more_seeds_make_it_surer(train: Train) -> None:
    one, four = (
        conclude(train(as_published, shared=False, n=400, seeds=range(k)), n_resamples=300)[BLOCKS].interval
        for k in (1, 4)
    )
    assert one is not None and four is not None
    assert four.high - four.low < 0.8 * (one.high - one.low)


def test_the_easy_and_the_confused_states_can_turn_out_otherwise(train: Train, choose: Choose) -> None:
    def swapped(said: Predictions) -> Predictions:
        """The same, with neutral and angry changing names."""
        names = np.array([1, 0, 2, 3])
        return choose(names[said.y_true], names[said.y_pred])

    models = [
        dataclasses.replace(m, test=swapped(m.valid), valid=swapped(m.valid))
        for m in train(lambda c: 0.6, shared=False)
    ]
    found = conclude(models, n_resamples=300)
    assert found[EASY].verdict == "does not hold"
    assert "the weakest of the four is angry against neutral, with an interval that holds for all 4 together" in (
        found[EASY].reason
    ), "picked of four, so a correction is due"
    assert "holds for all" not in conclude(train(as_published), n_resamples=300)[EASY].reason, (
        "all four hold: none is due"
    )
    assert found[CONFUSED].verdict == "does not hold"


def test_the_weakest_difference_is_shown_where_nothing_is_decided(train: Train, choose: Choose) -> None:
    """Bored is worse than focused in every network, by amounts so different that chance explains it; the others are sure."""

    def worse(said: Predictions, share: float) -> Predictions:
        bored = said.states.index("bored")
        lost = (said.y_true == bored) & (np.arange(len(said)) % 100 < 100 * share)
        return choose(said.y_true, np.where(lost, 0, said.y_pred))

    models = [
        dataclasses.replace(m, test=worse(m.valid, share), valid=m.valid)
        for m, share in zip(train(lambda c: 0.6)[:4], (0.52, 0.56, 0.6, 1.0), strict=True)
    ]
    easy = conclude(models, n_resamples=300)[EASY]
    assert easy.verdict == "cannot tell" and easy.interval is not None
    assert "the weakest of the four is bored against" in easy.reason
    assert easy.interval.estimate == pytest.approx(-0.13, abs=0.05) and easy.interval.high > 0
    assert "bored minus focused −" in easy.reason and "angry minus focused +" in easy.reason


def test_a_small_sure_difference_does_not_hide_a_large_unsure_one(train: Train, choose: Choose) -> None:
    """Angry is above the hard states by little in every network, bored by much on average, but not in all of them."""

    def with_recall(angry: float, bored: float) -> Predictions:
        y_true, place = np.arange(N) % 4, np.arange(N) // 4 / (N / 4)
        recall = np.array([0.4, angry, 0.4, bored])[y_true]
        return choose(y_true, np.where(place < recall, y_true, (y_true + 1) % 4))

    models = [
        dataclasses.replace(m, test=(said := with_recall(0.55, bored)), valid=said)
        for m, bored in zip(train(lambda c: 0.6)[:4], (0.2, 0.5, 0.9, 1.0), strict=True)
    ]
    easy = conclude(models, n_resamples=300)[EASY]
    assert easy.verdict == "cannot tell" and "the weakest of the four is bored against" in easy.reason
    assert easy.interval is not None and easy.interval.low < 0 < easy.interval.high


def test_states_that_get_many_answers_are_not_confused_for_that(train: Train, choose: Choose) -> None:
    """All errors go to focused, of whatever state: neutral exchanges no more errors with it than angry and bored do."""
    models = [
        dataclasses.replace(
            m,
            test=choose(m.valid.y_true, np.where(m.valid.correct, m.valid.y_pred, m.valid.states.index("focused"))),
            valid=m.valid,
        )
        for m in train(lambda c: 0.6, shared=False)
    ]
    assert conclude(models, n_resamples=300)[CONFUSED].verdict != "holds"


def test_a_network_that_confuses_another_pair_is_counted(train: Train, choose: Choose) -> None:
    """In one network the errors on focused images go to bored and back, in the others to neutral and back."""

    def confusing(other: str) -> Predictions:
        y_true = np.arange(N) % 4
        states = train(lambda c: 0.6)[0].valid.states
        pair = [states.index("focused"), states.index(other)]
        swapped = np.where(y_true == pair[0], pair[1], np.where(y_true == pair[1], pair[0], (y_true + 1) % 4))
        return choose(y_true, np.where(np.arange(N) // 4 % 2, y_true, swapped))

    models = [
        dataclasses.replace(m, test=(said := confusing("bored" if i == 0 else "neutral")), valid=said)
        for i, m in enumerate(train(lambda c: 0.6)[:5])
    ]
    assert "; in 1 of 5 networks another pair exchanges more" in conclude(models, n_resamples=50)[CONFUSED].reason
    assert "another pair exchanges more" not in conclude(models[1:], n_resamples=50)[CONFUSED].reason


def test_curves_can_turn_out_otherwise(train: Train) -> None:
    models = train(as_published)
    by_name = {m.name: m for m in models}
    opposite = {4: "N8_FC2", 8: "N4_FC1"}
    turned = [
        dataclasses.replace(m, log=by_name[f"B{48 - m.channels}_{opposite[m.blocks]}_K{m.kernel_size}_AP20"].log)
        for m in models
    ]
    found = conclude(turned, n_resamples=50)
    assert [found[i].verdict for i in (OVERFIT, FLUCTUATE, RISE)] == ["does not hold"] * 3


def test_micro_metrics_equal_accuracy_on_any_classes(train: Train) -> None:
    micro = conclude(train(as_published, n=401), n_resamples=50)[MICRO]
    assert micro.interval is not None
    assert (micro.interval.low, micro.interval.estimate, micro.interval.high) == (0, 0, 0)
    assert "neutral 25.2 %" in micro.reason


def test_networks_of_few_epochs_are_not_judged(train: Train) -> None:
    found = conclude(train(as_published, epochs=8), n_resamples=50)
    assert {c.caveat for c in found} == {"after 8 of 100 epochs"}
    for i, one in enumerate(found):
        if i != MICRO:  # true of every classifier
            assert (one.verdict, one.interval) == ("cannot tell", None)
            assert "8 epochs are too few; at least 10 are needed" in one.reason


def test_models_of_unequal_training_are_not_ranked_and_curves_end_together(train: Train) -> None:
    models = train(as_published, epochs=30)
    longer = train(as_published, epochs=60)
    found = conclude([*models[:6], *longer[6:]], n_resamples=50)
    assert found[OVERFIT].caveat == "after 30 to 60 of 100 epochs"
    assert "at epoch 30" in found[OVERFIT].reason
    for i in (K3, K7, BLOCKS, CHANNELS, BEST):
        assert (found[i].verdict, found[i].interval) == ("cannot tell", None)
        assert found[i].reason == "some models were trained for 30 epochs and others for up to 60"


def test_without_the_test_part_validation_is_used_and_said(train: Train) -> None:
    models = train(as_published)
    models[3] = dataclasses.replace(models[3], test=None)
    found = conclude(models, n_resamples=50)
    assert found[K3].caveat == "on the validation split, which was also used to choose the epoch"
    assert "(valid)" in found[K3].reason


def test_claims_are_tested_on_the_networks_that_are_finished(train: Train) -> None:
    """A network without its twin is left aside: else a mean over networks of 8 blocks would stand against one of 4."""
    whole = conclude(train(as_published), n_resamples=50)
    models = [m for m in train(as_published) if m.name != "B16_N4_FC1_K7_AP20"]
    found = conclude(models, n_resamples=50)
    for i, pairs in ((K7, "3 of 4"), (BLOCKS, "5 of 6"), (CHANNELS, "5 of 6")):
        assert found[i].interval is not None and f"{pairs} pairs of networks" in found[i].reason
        assert found[i].verdict == whole[i].verdict
    assert "pairs of networks" not in found[K3].reason and found[K3].verdict == "holds"
    assert "(1 not finished)" in found[BEST].reason
    assert [found[i].verdict for i in (EASY, OVERFIT, FLUCTUATE, RISE)] == ["holds"] * 4


def test_the_first_four_networks_tell_little(train: Train) -> None:
    """Four networks leave one degree of freedom for chance between runs."""
    first = ("B16_N4_FC1_K3_AP20", "B16_N8_FC2_K3_AP20", "B16_N4_FC1_K5_AP20", "B16_N8_FC2_K5_AP20")
    found = conclude([m for m in train(as_published, shared=False) if m.name in first], n_resamples=50)
    for i in (K3, BLOCKS):
        assert found[i].interval is not None
        assert "2 of " in found[i].reason and "at least 2 more trainings would be needed to tell" in found[i].reason
        assert found[i].verdict == "cannot tell" and not found[i].interval.has_limits
    assert found[OVERFIT].verdict == "cannot tell" and "2 pairs are too few for an interval" in found[OVERFIT].reason
    for i in (FLUCTUATE, RISE):
        assert found[i].reason.startswith("of the 12 networks behind it 4 are finished; at least 5 are needed")
    for i, words in (
        (K7, "of the 8 networks behind it 2 are finished; at least 4 are needed"),
        (CHANNELS, "0 of 6 pairs of networks are finished"),
    ):
        assert (found[i].verdict, found[i].interval) == ("cannot tell", None)
        assert found[i].reason.startswith(words)
    assert (found[BEST].verdict, found[BEST].interval) == ("cannot tell", None)
    assert found[BEST].reason == "3 of 11 rivals are finished, too few to tell a difference from chance"


def test_a_trend_needs_three_sizes(train: Train) -> None:
    """Networks of 16 channels have two sizes, those of 4 and of 8 blocks: a line through them compares blocks."""
    small = [m for m in train(as_published) if m.channels == 16]
    found = conclude(small, n_resamples=50)
    assert {found[i].reason for i in (FLUCTUATE, RISE)} == {
        "a trend needs 5 networks of at least 3 sizes; 6 networks of 2 sizes are finished"
    }


def test_losses_that_end_lower_do_not_fluctuate_less_for_that(train: Train) -> None:
    """Every change is the same share of the loss: the trend of the absolute changes is one of the level alone."""
    epoch = np.arange(1, 101)
    models = [
        dataclasses.replace(m, log={**m.log, "valid_loss": (3 - m.size / 1024) * 1.05 ** ((-1.0) ** epoch + 0.001 * i)})
        for i, m in enumerate(train(as_published))
    ]
    found = conclude(models, n_resamples=50)[FLUCTUATE]
    assert found.verdict == "cannot tell" and found.interval is not None and abs(found.interval.estimate) < 1e-6


def test_two_networks_that_happen_to_agree_decide_nothing(train: Train) -> None:
    """Chance between networks cannot be told from two: alike by luck, they would give a narrow interval."""
    two = [m for m in train(as_published) if m.name in MODELS[:3:2]]
    found = conclude(two, n_resamples=50)
    for i in (EASY, CONFUSED):
        assert (found[i].verdict, found[i].interval) == ("cannot tell", None)
        assert found[i].reason == "of the 12 networks behind it 2 are finished; at least 4 are needed"
    assert found[BEST].reason == "this network is not finished"
    four = conclude([m for m in train(as_published) if m.name in MODELS[:4]], n_resamples=50)
    assert [four[i].verdict for i in (EASY, CONFUSED)] == ["holds"] * 2
    assert all("in 4 of 12 networks" in four[i].reason for i in (EASY, CONFUSED))


@pytest.mark.slow
def test_why_a_verdict_needs_degrees_of_freedom() -> None:
    """How often the interval of a mean over networks, most of whose chance is between networks, contains the truth."""
    rng, wrong = np.random.default_rng(0), {}
    for networks in (2, MIN_DF + 1):
        missed = 0
        for values in rng.normal(size=(2000, networks)):
            photos = np.array([-1.0, 1.0]) * 0.2  # a standard error of 0.2
            variance = float(values.var(ddof=1)) / networks
            found, _ = effect_interval(float(values.mean()), photos, variance, networks - 1, 0.95)
            missed += not found.low <= rng.normal(0, 0.2) <= found.high
        wrong[networks] = missed / 2000
    assert wrong[2] > 0.1 and wrong[MIN_DF + 1] < 0.08


def test_without_the_named_best_model_nobody_can_tell(train: Train) -> None:
    found = conclude([m for m in train(as_published) if m.name != PUBLISHED_BEST], n_resamples=50)
    assert (found[BEST].verdict, found[BEST].interval) == ("cannot tell", None)


def test_a_single_model_tells_little(train: Train) -> None:
    found = conclude(train(as_published)[:1], n_resamples=50)
    assert set(verdicts(found)) - {"cannot tell"} == {"does not hold"}  # micro metrics alone
    assert found[MICRO].verdict == "does not hold"


def test_no_model_tells_nothing(train: Train) -> None:
    compact = dataclasses.replace(train(as_published)[0], name="compact")
    for models in ([], [compact]):
        found = conclude(models)
        assert len(found) == 11
        open_ = [c for c in found if c.verdict == "cannot tell"]
        assert {c.reason for c in open_} == {"none of the twelve networks is trained to its end"} and len(open_) == 10
        assert found[MICRO].verdict == "does not hold", "that is arithmetic"


def test_models_of_different_images_are_refused(train: Train) -> None:
    models = train(as_published)
    assert models[0].test is not None
    models[0] = dataclasses.replace(models[0], test=models[0].test.where(np.arange(N) > 9))
    with pytest.raises(DataMismatchError, match="different images"):
        conclude(models, n_resamples=50)


def test_same_seed_same_conclusions(train: Train) -> None:
    models = train(as_published, shared=False)
    assert conclude(models, n_resamples=50, seed=4) == conclude(models, n_resamples=50, seed=4)


def test_published_evidence_is_that_of_table_2_2() -> None:
    found = conclude([])
    assert found[K3].published_evidence.startswith("mean validation accuracy 0.606 against 0.600")
    assert found[K7].published_evidence.startswith("mean validation accuracy 0.606 against 0.597")
    assert found[BLOCKS].published_evidence.startswith("mean validation accuracy 0.615 against 0.588")
    assert found[CHANNELS].published_evidence.startswith("mean validation accuracy 0.601 against 0.601")


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.004, 0.009, "holds"),
        (0.001, 0.009, "holds"),
        (-0.02, 0.02, "cannot tell"),
        (0.002, 0.03, "cannot tell"),
        (0.011, 0.03, "does not hold"),
        (-0.03, -0.011, "does not hold"),
        (np.nan, np.nan, "cannot tell"),
    ],
)
def test_equivalence_needs_the_whole_interval(low: float, high: float, verdict: str) -> None:
    interval = Interval(estimate=(low + high) / 2, low=low, high=high)
    assert within_margin(interval) == verdict
