"""The Learner: every method of the study, the numbers it logs, and that the same seed gives the same ones."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss, precision_recall_fscore_support

from aiducation.data.dataset import Dataset
from aiducation.errors import DataMismatchError, RunError
from aiducation.runs import LOG_COLUMNS, METRICS
from aiducation.states import STATES
from aiducation.training.batches import Part, training_batches
from aiducation.training.config import TrainConfig
from aiducation.training.learner import Learner

TINY = TrainConfig(model="Compact_W4_D1", epochs=2, batch_size=32, precision="float32")
PUBLISHED = dataclasses.replace(TINY, model="B3_N2_FC1_K5_AP4")

#: Columns of the log that measure time.
TIMES = ("images_per_s", "seconds")


def part_of(dataset: Dataset, rows: slice) -> Part:
    return Part.of(dataset, dataset.labelled[rows], torch.device("cpu"))


@pytest.fixture(scope="module")
def train(dataset: Dataset) -> Part:
    return part_of(dataset, slice(0, 97))  # the last batch of 32 has one image


@pytest.fixture(scope="module")
def valid(dataset: Dataset) -> Part:
    return part_of(dataset, slice(100, 160))


@pytest.fixture(scope="module")
def trained(train: Part, valid: Part) -> Learner:
    """A learner after two epochs. Read only: tests share it."""
    learner = Learner(TINY, device="cpu")
    learner.train_eval(train, valid)
    return learner


def untimed(log: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{name: value for name, value in row.items() if name not in TIMES} for row in log]


def expected_scores(y_true: np.ndarray, probs: np.ndarray) -> dict[str, float]:
    """Every logged metric, by scikit-learn."""
    y_pred = probs.argmax(axis=1)
    labels = range(len(STATES))
    exact = probs.astype(np.float64)
    found = {"loss": log_loss(y_true, exact / exact.sum(axis=1, keepdims=True), labels=list(labels))}
    found["accuracy"] = accuracy_score(y_true, y_pred)
    names = ("precision", "recall", "f1")
    for kind in ("macro", "micro"):
        values = precision_recall_fscore_support(y_true, y_pred, labels=labels, average=kind, zero_division=0)
        found |= {f"{name}_{kind}": value for name, value in zip(names, values, strict=False)}
    each = precision_recall_fscore_support(y_true, y_pred, labels=labels, average=None, zero_division=0)
    for name, values in zip(names, each, strict=False):
        found |= {f"{name}_{state}": value for state, value in zip(STATES, values, strict=True)}
    return found


def test_the_log_has_every_column_and_counts_epochs_from_one(trained: Learner) -> None:
    assert [tuple(row) for row in trained.log] == [LOG_COLUMNS] * 2
    assert [row["epoch"] for row in trained.log] == [1, 2]
    assert all(row["learning_rate"] == 0.001 and row["images_per_s"] > 0 and row["seconds"] > 0 for row in trained.log)


@pytest.mark.parametrize("config", [TINY, PUBLISHED])
def test_logged_validation_scores_equal_scikit_learn_s(config: TrainConfig, train: Part, valid: Part) -> None:
    learner = Learner(config, device="cpu")
    learner.train_eval(train, valid, until=1)
    made = learner.predictions(valid)
    expected = expected_scores(made.y_true, made.probs)
    assert set(expected) == set(METRICS)
    for name, value in expected.items():
        assert learner.log[-1][f"valid_{name}"] == pytest.approx(value, abs=1e-5), name


def test_logged_training_scores_equal_scikit_learn_s(train: Part) -> None:
    """With a learning rate that moves nothing, the training scores are those of the fresh network on the same batches."""
    config = dataclasses.replace(PUBLISHED, learning_rate=1e-9, weight_decay=0.0)
    metrics = Learner(config, device="cpu").train_one_epoch(train)
    model = Learner(config, device="cpu").model.train()
    with torch.no_grad():
        batches = [(model(images).softmax(1), targets) for images, targets in training_batches(train, config, 1)]
    probs, targets = (torch.cat(values).numpy() for values in zip(*batches, strict=True))
    for name, value in expected_scores(targets, probs).items():
        assert metrics[name] == pytest.approx(value, abs=1e-4), name


@pytest.mark.slow
@pytest.mark.parametrize("config", [TINY, PUBLISHED])
def test_same_seed_gives_the_same_numbers_bit_for_bit(config: TrainConfig, train: Part, valid: Part) -> None:
    one, other = Learner(config, device="cpu"), Learner(config, device="cpu")
    one.train_eval(train, valid)
    torch.rand(7)  # whatever else draws random numbers
    other.train_eval(train, valid)
    assert untimed(one.log) == untimed(other.log)
    assert np.array_equal(one.predict(valid.images), other.predict(valid.images))


def test_another_seed_gives_other_numbers(trained: Learner, train: Part, valid: Part) -> None:
    other = Learner(dataclasses.replace(TINY, seed=1), device="cpu")
    other.train_eval(train, valid, until=1)
    assert untimed(other.log)[0] != untimed(trained.log)[0]


def test_learning_leaves_the_random_state_of_the_program_alone(train: Part, valid: Part) -> None:
    before = torch.get_rng_state()
    Learner(TINY, device="cpu").train_eval(train, valid, until=1)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.slow
def test_it_can_learn_64_images_by_heart(dataset: Dataset) -> None:
    part = part_of(dataset, slice(0, 64))
    config = TrainConfig(
        model="Compact_W8_D1", epochs=40, batch_size=16, learning_rate=0.01, flip=0, rotation=0, precision="float32"
    )
    learner = Learner(config, device="cpu")
    learner.train_eval(part, part)
    assert max(row["train_accuracy"] for row in learner.log) > 0.95


@pytest.mark.slow
def test_bfloat16_stays_close_to_float32(train: Part, valid: Part) -> None:
    logs = {}
    for precision in ("float32", "bfloat16"):
        learner = Learner(dataclasses.replace(PUBLISHED, precision=precision), device="cpu")
        logs[precision] = learner.train_eval(train, valid)
        assert all(p.dtype == torch.float32 for p in learner.model.parameters())
    for exact, mixed in zip(logs["float32"], logs["bfloat16"], strict=True):
        assert mixed["train_loss"] == pytest.approx(exact["train_loss"], rel=0.03)
        assert mixed["valid_loss"] == pytest.approx(exact["valid_loss"], rel=0.03)
    assert logs["float32"][0]["train_loss"] != logs["bfloat16"][0]["train_loss"]


def test_a_loss_that_is_no_number_stops_the_run(train: Part, valid: Part) -> None:
    learner = Learner(dataclasses.replace(TINY, model="B3_N2_FC1_K3_AP4", learning_rate=100.0), device="cpu")
    with torch.no_grad():
        next(learner.model.parameters()).fill_(float("nan"))
    with pytest.raises(RunError, match="training loss became nan in epoch 1; lower the learning rate"):
        learner.train_eval(train, valid)


def test_judging_changes_nothing(trained: Learner, valid: Part) -> None:
    before = {name: tensor.clone() for name, tensor in trained.model.state_dict().items()}
    assert trained.eval(valid) == trained.eval(valid)
    trained.predict(valid.images)
    assert all(torch.equal(tensor, before[name]) for name, tensor in trained.model.state_dict().items())


def test_train_eval_stops_where_asked_and_goes_on(trained: Learner, train: Part, valid: Part) -> None:
    rows: list[dict[str, float]] = []
    seen: list[tuple[int, int]] = []
    learner = Learner(TINY, device="cpu")
    learner.train_eval(train, valid, until=1)
    assert learner.epochs_done == 1
    learner.train_eval(train, valid, on_epoch=rows.append, progress=lambda done, total: seen.append((done, total)))
    assert untimed(learner.log) == untimed(trained.log)
    assert rows == learner.log[1:]
    assert seen == [(32, 97), (64, 97), (97, 97)], "the last image joins the batch before"
    learner.train_eval(train, valid, until=5)
    assert learner.epochs_done == 2, "config.epochs is the limit"


@pytest.mark.slow
def test_the_best_epoch_is_the_first_with_the_highest_validation_accuracy(train: Part, valid: Part) -> None:
    learner = Learner(dataclasses.replace(TINY, epochs=6, learning_rate=0.01), device="cpu")
    learner.train_eval(train, valid)
    accuracies = [row["valid_accuracy"] for row in learner.log]
    assert learner.best_epoch == 1 + accuracies.index(max(accuracies))


def test_saved_weights_are_those_of_the_best_epoch(train: Part, valid: Part, tmp_path: Path) -> None:
    learner = Learner(dataclasses.replace(TINY, epochs=6, learning_rate=0.02), device="cpu")
    learner.train_eval(train, valid)
    learner.save(tmp_path / "best.safetensors", epoch=learner.best_epoch)
    other = Learner(dataclasses.replace(TINY, seed=9), device="cpu")
    described = other.load(tmp_path / "best.safetensors")
    assert described == {"model": TINY.model, "states": list(STATES), "epoch": learner.best_epoch}
    best = learner.log[learner.best_epoch - 1]
    assert {f"valid_{name}": value for name, value in other.eval(valid).items()} == pytest.approx(
        {name: value for name, value in best.items() if name.startswith("valid_")}, abs=1e-6
    )


def test_weights_saved_before_training_come_back(valid: Part, tmp_path: Path) -> None:
    learner, other = Learner(TINY, device="cpu"), Learner(dataclasses.replace(TINY, seed=1), device="cpu")
    learner.save(tmp_path / "w.safetensors")
    other.load(tmp_path / "w.safetensors")
    assert np.array_equal(learner.predict(valid.images), other.predict(valid.images))


def test_weights_of_another_model_are_refused(trained: Learner, tmp_path: Path) -> None:
    trained.save(tmp_path / "w.safetensors")
    with pytest.raises(DataMismatchError, match="belongs to another model"):
        Learner(PUBLISHED, device="cpu").load(tmp_path / "w.safetensors")


@pytest.mark.slow
@pytest.mark.parametrize("config", [TINY, PUBLISHED])
def test_a_checkpoint_goes_on_bit_for_bit(config: TrainConfig, train: Part, valid: Part, tmp_path: Path) -> None:
    config = dataclasses.replace(config, epochs=3)
    whole, first, second = (Learner(config, device="cpu") for _ in range(3))
    whole.train_eval(train, valid)
    first.train_eval(train, valid, until=2)
    first.save_checkpoint(str(tmp_path / "c.safetensors"))
    second.load_checkpoint(str(tmp_path / "c.safetensors"))
    second.train_eval(train, valid)
    assert untimed(second.log) == untimed(whole.log)
    assert second.best_epoch == whole.best_epoch
    for learner in (whole, second):
        learner.save(tmp_path / f"{id(learner)}.safetensors")
    files = [(tmp_path / f"{id(learner)}.safetensors").read_bytes() for learner in (whole, second)]
    assert files[0] == files[1]


def test_a_checkpoint_of_other_options_is_refused(trained: Learner, tmp_path: Path) -> None:
    trained.save_checkpoint(tmp_path / "c.safetensors")
    for name, value in {"seed": 4, "batch_size": 16, "learning_rate": 0.1, "rotation": 5.0}.items():
        other = Learner(dataclasses.replace(TINY, **{name: value}), device="cpu")
        with pytest.raises(RunError, match=f"was made with {name} = .*, not {value}"):
            other.load_checkpoint(tmp_path / "c.safetensors")
    weighted = dataclasses.replace(TINY, weights="weights.csv")  # an option that is only written where it is used
    for made, other in ((weighted, TINY), (TINY, weighted)):
        Learner(made, device="cpu").save_checkpoint(tmp_path / "w.safetensors")
        with pytest.raises(RunError, match="was made with weights = "):
            Learner(other, device="cpu").load_checkpoint(tmp_path / "w.safetensors")
    more = Learner(dataclasses.replace(TINY, epochs=9), device="cpu")
    more.load_checkpoint(tmp_path / "c.safetensors")
    assert more.epochs_done == 2


def test_predictions_carry_rows_truth_and_probabilities(trained: Learner, valid: Part) -> None:
    made = trained.predictions(valid, {"split": "official"})
    assert np.array_equal(made.ids, valid.ids)
    assert np.array_equal(made.y_true, valid.targets.numpy())
    assert np.array_equal(made.groups, valid.groups)
    assert made.info == {"split": "official"}
    np.testing.assert_allclose(made.probs.sum(axis=1), 1, atol=1e-5)


def test_predict_takes_arrays_tensors_and_nothing(
    trained: Learner, dataset: Dataset, recwarn: pytest.WarningsRecorder
) -> None:
    mapped = dataset.images[:5]
    assert not mapped.flags.writeable
    from_array = trained.predict(mapped)
    assert not [one for one in recwarn if issubclass(one.category, UserWarning)], "of arrays that cannot be written to"
    assert from_array.shape == (5, 4)
    assert from_array.dtype == np.float32
    assert np.array_equal(from_array, trained.predict(torch.from_numpy(np.array(mapped))))
    assert trained.predict(mapped[:0]).shape == (0, 4)


def test_many_faces_are_judged_in_several_steps(trained: Learner, dataset: Dataset) -> None:
    faces = dataset.images[:300]
    together = trained.predict(faces)
    apart = np.concatenate([trained.predict(faces[:150]), trained.predict(faces[150:])])
    np.testing.assert_allclose(together, apart, atol=1e-5)


def test_logs_are_written_and_read_by_the_run_s_name(trained: Learner, tmp_path: Path) -> None:
    for name in ("one", "two"):
        trained.save_log(tmp_path / name / "log.csv")
    trained.save_log(tmp_path / "three.csv")
    logs = Learner.load_logs([tmp_path / "one/log.csv", tmp_path / "two/log.csv", tmp_path / "three.csv"])
    assert list(logs) == ["one", "two", "three"]
    for column in LOG_COLUMNS:
        np.testing.assert_allclose(logs["one"][column], [row[column] for row in trained.log], rtol=1e-7)


def test_logs_of_a_study_keep_all_their_names_apart(trained: Learner, tmp_path: Path) -> None:
    files = [tmp_path / split / model / "seed0" / "log.csv" for split in ("a", "b") for model in ("x", "y")]
    for file in files:
        trained.save_log(str(file))
    assert list(Learner.load_logs(map(str, files))) == ["a/x/seed0", "a/y/seed0", "b/x/seed0", "b/y/seed0"]
    assert list(Learner.load_logs(files[:1])) == ["seed0"]
    assert Learner.load_logs([]) == {}


def test_epochs_trained_one_by_one_are_different_epochs(train: Part, trained: Learner) -> None:
    learner = Learner(TINY, device="cpu")
    losses = [learner.train_one_epoch(train)["loss"] for _ in range(2)]
    assert losses == [row["train_loss"] for row in trained.log]
    assert learner.epochs_done == 2 and not learner.log


def test_no_epoch_is_trained_where_none_is_asked_for(train: Part, valid: Part) -> None:
    assert Learner(TINY, device="cpu").train_eval(train, valid, until=0) == []


def test_the_best_weights_can_be_had_back(train: Part, valid: Part, tmp_path: Path) -> None:
    learner = Learner(dataclasses.replace(TINY, epochs=5, learning_rate=0.02), device="cpu")
    learner.train_eval(train, valid)
    learner.load_best()
    best = learner.log[learner.best_epoch - 1]
    assert learner.eval(valid)["accuracy"] == best["valid_accuracy"]
    other = Learner(TINY, device="cpu")
    other.save(tmp_path / "fresh.safetensors")
    learner.load(str(tmp_path / "fresh.safetensors"))
    learner.save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "fresh.safetensors").read_bytes()


def test_metrics_are_printed(trained: Learner, capsys: pytest.CaptureFixture[str]) -> None:
    trained.print_metrics()
    out = capsys.readouterr().out
    best = trained.log[trained.best_epoch - 1]
    assert out.startswith(f"{TINY.model}: epoch {trained.best_epoch} of 2\n")
    for metric in METRICS:
        assert f"{metric:<18} train {best['train_' + metric]:.4f}   valid {best['valid_' + metric]:.4f}\n" in out


def test_plots_are_written_as_svg_and_png(trained: Learner, valid: Part, tmp_path: Path) -> None:
    written = [
        *trained.plot_loss(tmp_path / "loss"),
        *trained.plot_metrics(tmp_path / "metrics"),
        *trained.plot_confusion_matrix(valid, tmp_path / "confusion"),
    ]
    names = [f"{name}.{kind}" for name in ("loss", "metrics", "confusion") for kind in ("svg", "png")]
    assert written == [tmp_path / name for name in names]
    for path in written:
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG") if path.suffix == ".png" else TINY.model.encode() in content


def test_nothing_is_shown_before_training(tmp_path: Path) -> None:
    learner = Learner(TINY, device="cpu")
    for show in (learner.print_metrics, lambda: learner.plot_loss(tmp_path / "x")):
        with pytest.raises(RunError, match="No model was trained yet"):
            show()
