"""Pages of docs that a benchmark writes have the numbers of its JSON: a page of an earlier run must not stay."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from aiducation.observations.elsewhere import compact, section, wrong_answers
from aiducation.vision.classifier import Classifier

ROOT = Path(__file__).parents[1]


def _close(shown: str, value: float | None) -> bool:
    """Whether a page's number is that of the JSON, both rounded."""
    return value is not None and abs(float(shown) - value) <= 0.00056


@pytest.mark.parametrize("name", ["test", "ainet_b", "ckplus48", "muxspace"])
def test_groups_are_those_of_the_file(name: str) -> None:
    found: dict[str, Any] = json.loads((ROOT / "results" / "measured_groups.json").read_text(encoding="utf-8"))["sets"]
    page = (ROOT / "docs" / "groups.md").read_text(encoding="utf-8")
    section = page.partition(f"## {name}, ")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in section.splitlines()
        if "(up to" in line or "(over" in line
    ]
    outer = [one for one in found[name]["groups"] if "(up to" in one["group"] or "(over" in one["group"]]
    assert len(rows) == len(outer) > 10
    judged = ("accuracy", "difference", "overconfidence", "overconfidence_difference")
    for row, one in zip(rows, outer, strict=True):
        assert row[:3] == [one["attribute"], one["group"], f"{one['faces']:,}"]
        for cell, of in zip((row[3], row[4], row[6], row[7]), judged, strict=True):
            limits = re.findall(r"[-+]?\d\.\d+", cell.replace("−", "-"))
            assert len(limits) == 3 and all(
                map(_close, limits, (one[of][part] for part in ("estimate", "low", "high")))
            ), (row, of)
    for sentence in found[name]["words"]:
        assert f"- {sentence}\n" in section


RETRAINED: dict[str, Any] = json.loads((ROOT / "results" / "retrain_by_group.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", RETRAINED)
def test_retraining_is_that_of_the_file(kind: str) -> None:
    """The weights that were tried on validation, and the comparison on the test of the one that was chosen."""
    found, heading = RETRAINED[kind], {"whole network": "Whole networks", "last layer": "Last layers alone"}[kind]
    section = (
        (ROOT / "docs" / "groups.md").read_text(encoding="utf-8").partition(f"### {heading}\n")[2].partition("\n##")[0]
    )
    weights = {
        cells[0]: cells
        for line in section.splitlines()
        if len(cells := [cell.strip() for cell in line.split("|")[1:-1]]) == 5 and cells[0][:1].isdigit()
    }
    assert set(weights) == {"1", *(f"{row['times']:g}" for row in found["valid"]["weights"])}
    for row in found["valid"]["weights"]:
        cells = weights[f"{row['times']:g}"]
        assert _close(cells[1], row["worst"])
        for cell, name in zip(cells[2:], ("group", "all others", "all faces"), strict=True):
            limits = re.findall(r"[-+]?\d\.\d+", cell)
            assert all(map(_close, limits, (row[name]["gain"][part] for part in ("estimate", "low", "high"))))
    if found["test"] is None:
        assert found["chosen"]["times"] == 1
        return
    groups = found["test"]["groups"]
    rows = [line for line in section.splitlines() if line.startswith("|")][-len(groups) :]
    for line, one in zip(rows, groups, strict=True):
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        assert cells[1] == f"{one['faces']:,}" and _close(cells[2], one["before"]) and _close(cells[3], one["after"])
        gain = re.findall(r"[-+]?\d\.\d+", cells[4])
        assert all(map(_close, gain, (one["gain"][part] for part in ("estimate", "low", "high"))))


def test_adapting_is_that_of_the_file() -> None:
    """The table of docs/adapt.md, how often the packaged model was kept, and what neutral faces alone gave."""
    sets = json.loads((ROOT / "results" / "adapt.json").read_text(encoding="utf-8"))["sets"]
    page = (ROOT / "docs" / "adapt.md").read_text(encoding="utf-8")
    order = ("ainet_b", "muxspace", "ckplus48")
    for faces in (20, 50, 100):
        shown = [f"{sets[name][f'{faces} states']['fitted']['balanced_accuracy']:.2f}" for name in order]
        assert f"| {faces} | {' | '.join(shown)} |" in page
    packaged = [f"{sets[name]['50 states']['packaged']['balanced_accuracy']:.2f}" for name in order]
    assert f"| none | {' | '.join(packaged)} |" in page
    at_50 = [sets[name]["50 states"] for name in order]
    kept = ", ".join(str(one["draws"] - one["replaced"]) for one in at_50)
    assert f"with 50 labelled faces in {kept} of 20 draws" in page
    largest = max(one["fitted"]["calibration_error"] for one in at_50)
    assert f"With 50 labelled faces the calibration error is at most {largest:.2f}." in page
    alone = json.loads((ROOT / "results" / "adapt_without_labels.json").read_text(encoding="utf-8"))["sets"]
    gains = [
        alone[name]["10 neutral marks"]["balanced_accuracy"] - alone[name]["packaged"]["balanced_accuracy"]
        for name in ("ainet_b", "muxspace")
    ]
    assert " and ".join(f"+{gain + 1e-9:.2f}" for gain in gains) in page


def test_pages_that_tools_write_are_those_of_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page about other tools, and the tables of foreign faces in README.md and MODEL_CARD.md."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import foreign_section
    import peers_page

    peers = json.loads((ROOT / "results" / "peers.json").read_text(encoding="utf-8"))
    assert (ROOT / "docs" / "peers.md").read_text(encoding="utf-8").strip() == peers_page.page(peers).strip()
    assert peers_page.short_table(peers) in (ROOT / "README.md").read_text(encoding="utf-8")
    foreign = compact(json.loads((ROOT / "results" / "foreign_faces.json").read_text(encoding="utf-8")))
    made = section(foreign)
    assert made and made.markdown().strip() in (ROOT / "MODEL_CARD.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert foreign_section.short_table(foreign).strip() in readme


def test_the_benchmark_of_ferplus_is_that_of_the_file() -> None:
    found: dict[str, Any] = json.loads((ROOT / "results" / "ferplus.json").read_text(encoding="utf-8"))
    results, card = ((ROOT / name).read_text(encoding="utf-8") for name in ("results/README.md", "MODEL_CARD.md"))
    card = " ".join(card.split())
    for one in (found, found["by_label_csv"]):
        words = f"{one['accuracy']:.3f} ({one['low']:.3f} to {one['high']:.3f})"
        assert f"| {words} | {one['images']:,} images" in results and words in card
    assert f"{found['parameters'] / 1e6:.2f} M" in results and f"{found['ms_a_face']:.2f} ms a face" in results
    for row in found["published"]:
        assert re.search(rf"\| {re.escape(row['network'])} \|[^|]+\| {row['accuracy']:.3f} \|", results), row


def test_what_is_known_of_the_study_is_that_of_its_report() -> None:
    """How many statements, how many of each answer, and what ten folds would cost."""
    report = json.loads((ROOT / "results" / "study" / "results.json").read_text(encoding="utf-8"))
    known, finished = report["known"], len(report["models"]["test"])
    pages = [(ROOT / name).read_text(encoding="utf-8") for name in ("results/README.md", "docs/study.md")]
    assert f"Of {len(known)} statements" in pages[0] and f"of {len(known)} statements" in pages[1]
    numbers = {
        2: "two",
        3: "three",
        4: "four",
        5: "five",
        6: "six",
        14: "fourteen",
        15: "fifteen",
        16: "sixteen",
        17: "seventeen",
    }
    end = {1: "One of the twelve networks has been trained to its end"}.get(
        finished,
        f"{numbers.get(finished, str(finished)).capitalize()} of the twelve networks have been trained to their end",
    )
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(end in " ".join(page.split()) for page in (*pages, readme))
    for answer, heading in (("right", "Right: "), ("not right", "Not right: "), ("unknown", "Unknown: ")):
        assert f"- **{heading}{numbers[sum(one['answer'] == answer for one in known)]}" in pages[0]
    (hours,) = re.findall(r"would need at least (\d+) hours", " ".join(one["why"] for one in known))
    assert f"they would take at least {hours} hours" in " ".join(pages[0].split())


def test_what_could_not_be_told_of_groups_is_that_of_the_file() -> None:
    found: dict[str, Any] = json.loads((ROOT / "results" / "measured_groups.json").read_text(encoding="utf-8"))["sets"]
    said = {
        name: re.findall(r"below about (\d+) percentage points", " ".join(one["words"]))[0]
        for name, one in found.items()
    }
    limits = " ".join((ROOT / "docs" / "limits.md").read_text(encoding="utf-8").split())
    assert (
        f"Differences below about {said['test']} percentage points on the test, {said['ainet_b']} on ainet_b, "
        f"{said['muxspace']} on muxspace and {said['ckplus48']} on ckplus48 could not have been told from chance."
        in limits
    )


def test_the_card_says_how_large_the_packaged_files_are() -> None:
    weights = ROOT / "src" / "aiducation" / "weights"
    small, whole = (weights.joinpath(name).stat().st_size / 1e6 for name in ("flagship-int8.onnx", "flagship.onnx"))
    card = " ".join((ROOT / "MODEL_CARD.md").read_text(encoding="utf-8").split())
    assert f"the files have {small:.2f} MB (8-bit) and {whole:.2f} MB" in card


def test_the_estimate_for_a_gpu_is_of_the_images_that_are_trained_on() -> None:
    """And the decision about it has its numbers."""
    found = json.loads((ROOT / "results" / "gpu_estimate.json").read_text(encoding="utf-8"))
    runs = (ROOT / "results" / "study" / "runs" / "official").glob("*/seed0/run.json")
    assert {json.loads(run.read_text(encoding="utf-8"))["n_train"] for run in runs} == {found["images"]}
    assert found["steps"] == -(-found["images"] // found["batch"]) * found["epochs"]
    page = " ".join((ROOT / "docs" / "decisions.md").read_text(encoding="utf-8").split())
    h100, h200 = found["H100"]["grid"], found["H200"]["grid"]
    heads = [sum(one["bound"] == "head" for one in found[card]["networks"].values()) for card in ("H100", "H200")]
    assert (
        f"{h100['one_after_the_other_s']:.0f} s on an H100 one network after the other, of which "
        f"{h100['memory_traffic_s']:.0f} s are memory traffic that running several at once cannot save; "
        f"{h200['one_after_the_other_s']:.0f} s and {h200['memory_traffic_s']:.0f} s on an H200. On an H100 {heads[0]} of the "
        f"twelve networks are bound by the traffic of the head, on an H200 {heads[1]}."
    ) in page


def test_the_tutorial_for_teachers_says_how_many_answers_were_wrong() -> None:
    wrong = wrong_answers(Classifier().info.elsewhere, "calm")
    assert wrong is not None
    low, high = (f"{100 * share:.0f}" for share in wrong)
    page = (ROOT / "docs" / "tutorials" / "teacher.md").read_text(encoding="utf-8")
    assert f"On other people's pictures {low} to {high} of 100 answers were wrong." in page


def test_ways_of_training() -> None:
    """The table of how long a step takes, network by network."""
    found = json.loads((ROOT / "results" / "training_ways.json").read_text(encoding="utf-8"))["networks"]
    page = (ROOT / "results" / "README.md").read_text(encoding="utf-8")
    rows = [
        f"| {name.removesuffix('_AP20')} | {one['written_ms']:,.0f} | {one['trained_ms']:,.0f} | {one['ratio']:.2f} |"
        for name, one in found.items()
    ]
    assert "\n".join(rows) in page
