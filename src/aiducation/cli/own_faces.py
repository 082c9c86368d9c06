"""What 'aiducation evaluate' says of a model on people's own labelled faces."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiducation.cli.outputs import check_file, check_out
from aiducation.console import note, print_json, print_line, print_table, say
from aiducation.states import OTHER

if TYPE_CHECKING:
    from aiducation.cli.group_files import GroupFiles
    from aiducation.predictions import Predictions
    from aiducation.vision.analyzer import Analyzer
    from aiducation.vision.group_check import GroupCheck
    from aiducation.vision.own_faces import OwnFaces


def evaluate_own(
    what: Path,
    analyzer: Analyzer,
    files: GroupFiles,
    out: Path | None,
    csv_dialect: str,
    as_json: bool,
    *,
    force: bool,
) -> None:
    from aiducation.batch.overview import reasons
    from aiducation.media.inputs import LeftOut, find_inputs
    from aiducation.vision.annotated_groups import table_groups
    from aiducation.vision.group_check import HEAD
    from aiducation.vision.grouped_faces import check_judged
    from aiducation.vision.own_faces import adapted_words, answered_as_shown, few_people, judge_faces, read_labels

    if out is not None and _is_table(out):
        check_file(out, force=force)
    else:
        check_out(out, force=force)
    labelled = read_labels(what)
    for table in files.tables:
        table_groups(table, [face.path for face in labelled])  # what is wrong with it shows before the work
    if what.is_dir():
        for words in reasons([one for one in find_inputs([str(what)]) if isinstance(one, LeftOut)]):
            note(f"Left out {words}.")
    seen = judge_faces(analyzer, labelled)
    for face, why in seen.skipped:
        note(f"Skipped {face.path}: {why}")
    info = analyzer.classifier.info
    for line in [*seen.about_people, *few_people(seen.predictions.groups), *adapted_words(info.name, info)]:
        note(line)
    if not as_json:
        _show_judged(seen, analyzer.classifier.info.name, of=len(labelled))
    groups: GroupCheck | None = None
    notes: list[str] = []
    if files.tables or files.annotators:
        groups, notes = check_judged(seen, tables=files.tables, annotators=files.annotators)
    for line in notes:
        note(line)
    assumed, more = analyzer.assumptions, seen.scores(analyzer.threshold)
    more["as_analyzed"] = answered_as_shown(analyzer, seen)
    about = {"model": analyzer.classifier.info.name, "part": "own faces", "skipped": len(seen.skipped)}
    told = {"assumed": assumed.to_json(), "own_faces": more} | ({"groups": groups.entry()} if groups else {})
    show_scores(seen.predictions, about | (told if as_json else {}), as_json)
    if not as_json:
        _show_own(seen, more)
        if groups:
            print_line("")
            print_table(HEAD, groups.rows())
            for line in groups.words():
                print_line(line)
        for name, words in assumed.words().items():
            note(f"{name}: {words}")
    if out is not None:
        subject = f"{analyzer.classifier.info.name} on {what.name}"
        _write_own(seen, out, subject, analyzer.threshold, groups, csv_dialect, force=force)


def _is_table(out: Path) -> bool:
    """Whether a table of the faces is asked for, not a folder."""
    return out.suffix.lower() == ".csv"


def _show_judged(seen: OwnFaces, model: str, *, of: int) -> None:
    print_line(
        f"{model}, faces judged: {len(seen.judged):,} of {of:,}"
        + (f"; pictures with several faces, of which the largest was used: {seen.several:,}" if seen.several else "")
    )
    if OTHER not in seen.predictions.states:
        print_line(f'No face is labelled "{OTHER}": the answer is the most probable of the four states.')


def _write_own(
    seen: OwnFaces,
    out: Path,
    subject: str,
    threshold: float,
    groups: GroupCheck | None,
    csv_dialect: str,
    *,
    force: bool,
) -> None:
    """A table of the faces, or a folder with a page and the table."""
    if _is_table(out):
        seen.save(out, csv_dialect=csv_dialect)
        say(out)
        return
    from aiducation.study_report.agreement_page import write_agreement
    from aiducation.study_report.own_faces_page import report_own_faces

    report = report_own_faces(seen, threshold=threshold, subject=subject)
    page = write_agreement(report, out, csv_dialect=csv_dialect, force=force, groups=groups)
    seen.save(out / "faces.csv", csv_dialect=csv_dialect)
    say(page, page=page)


def _show_own(seen: OwnFaces, scores: dict[str, Any]) -> None:
    """What is confused with what, whether probabilities are true, and how many faces are answered."""
    from aiducation.evaluation.metrics import confusion_matrix

    states, made = seen.predictions.states, seen.predictions
    counts = confusion_matrix(made.y_true, made.y_pred, len(states))
    if missing := [name for name, row in zip(states, counts, strict=True) if not row.sum()]:
        print_line(f"No face is labelled {' or '.join(missing)}, so the scores marked with – cannot be computed.")
    print_line("")
    print_line("Confusion: faces with a label (rows) and an answer (columns)")
    print_table(["label", *states], [[name, *map(int, row)] for name, row in zip(states, counts, strict=True)])
    print_line("")
    print_table(["of the faces of the four states", "estimate", "95 % interval"], [
        ["calibration error", *_cells(scores["calibration_error_four"])],
        ["mean probability of the answer", f"{scores['mean_confidence']:.4f}" if "mean_confidence" in scores else "–", ""],
        ["balanced accuracy (without other)", *_cells(scores["balanced_accuracy"])],
        ["balanced accuracy (without other), neutral and focused merged as calm", *_cells(scores["calm"]["balanced_accuracy"])],
        ["calibration error, merged", *_cells(scores["calm"]["calibration_error"])],
    ])  # fmt: skip
    print_line("")
    print_line("Of all faces, with 'other' as a possible answer:")
    kinds = {"four states": "answered", "as 'aiducation analyze' shows them (view calm)": "as_analyzed"}
    print_table(
        ["", "threshold", "answered", "right among these", "95 % interval"],
        [
            [what, f"{one['threshold']:g}", f"{100 * one['coverage']:.1f} %", *_cells(one["accuracy"])]
            for what, one in ((what, scores[name]) for what, name in kinds.items())
        ],
    )


def _cells(score: dict[str, float | None] | None) -> list[str]:
    """Estimate and interval of a score; dashes where there is none. Too few faces to differ have an interval without width."""
    if score is None or score["estimate"] is None:
        return ["–", "–"]
    interval = "–" if score["low"] == score["high"] else f"{score['low']:.4f} to {score['high']:.4f}"
    return [f"{score['estimate']:.4f}", interval]


def show_scores(made: Predictions, about: dict[str, object], as_json: bool) -> None:
    """Scores of states that no picture shows, and means over all states then, are not known."""
    from aiducation.evaluation.intervals import score_intervals

    unknown = {*made.unseen, "macro"} if made.unseen else set()
    scores = {
        name: None if name.rpartition("_")[2] in unknown else score for name, score in score_intervals(made).items()
    }
    if as_json:
        rows = {
            name: s
            and {"estimate": s.estimate} | {end: getattr(s, end) if s.has_limits else None for end in ("low", "high")}
            for name, s in scores.items()
        }
        print_json({**about, "images": len(made), "scores": rows})
        return
    print_table(["score", "estimate", "95 % interval"], [
        [name, f"{s.estimate:.4f}" if s else "–", f"{s.low:.4f} to {s.high:.4f}" if s and s.has_limits else "–"]
        for name, s in scores.items()
    ])  # fmt: skip
