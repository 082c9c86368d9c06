"""The command ``adapt``: a model file for the people and the camera of some labelled faces."""

from __future__ import annotations

from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aiducation.cli.options import Force, Json, Model, app, given, refuse
from aiducation.cli.outputs import check_file
from aiducation.console import Bars, command, note, print_json, print_line, print_table, say
from aiducation.errors import DataFileError, RunError
from aiducation.states import OTHER, STATES
from aiducation.words import people

if TYPE_CHECKING:
    import numpy as np

    from aiducation.vision.adapting import Adaptation
    from aiducation.vision.classifier import Classifier
    from aiducation.vision.own_faces import LabelledFace, OwnFaces

#: A recall that fell by so much is told beside what became better.
_FELL = 0.1

States = Annotated[
    str | None,
    typer.Option(
        metavar="NAMES",
        help="States that can occur, such as neutral,focused,bored; 'other' is always possible. Default: all.",
    ),
]


@app.command()
def adapt(
    context: typer.Context,
    faces: Annotated[
        Path,
        typer.Argument(
            help="Labelled faces: one folder for each state, with one folder for each person inside if you know who "
            "is shown; or a CSV with the columns file, state and, if known, person. 20 to 200 faces are enough."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The .onnx file to write.")],
    model: Model = None,
    states: States = None,
    neutral: Annotated[
        bool,
        typer.Option(
            "--neutral",
            help="FACES is a folder with photos of neutral faces only: then only the biases are adapted. Ten faces "
            "already help, but how much they help cannot be measured with them.",
        ),
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            help="A folder made by 'aiducation prepare': also measure how much accuracy the new model lost on the "
            "official test split of FER2013."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed for choosing the people who are held out.")] = 0,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Adapt the model to the people and the camera of your labelled faces. This takes seconds, and the new model is
    written only if it is better on people who were held out."""
    from aiducation.batch.overview import reasons
    from aiducation.media.inputs import LeftOut, find_inputs
    from aiducation.records import check_seed
    from aiducation.vision.adapting import adapt_model, check_outcomes, possible_outcomes
    from aiducation.vision.analyzer import Analyzer
    from aiducation.vision.devices import CPU
    from aiducation.vision.neutral_marks import check_neutral
    from aiducation.vision.own_faces import judge_faces, read_labels

    if neutral:
        refuse(
            context, "data", "seed", why="does nothing with --neutral: nothing can be measured with neutral faces alone"
        )
    check_file(out, force=force)
    check_seed(seed)
    analyzer = Analyzer(model=model, view="states", device=CPU)  # as 'aiducation evaluate' judges
    wanted = None if states is None else [name.strip() for name in states.split(",") if name.strip()]
    possible = possible_outcomes(wanted, analyzer.classifier.info.outcomes)
    labelled = _marked(faces) if neutral else read_labels(faces)
    for words in reasons(
        [one for one in find_inputs([str(faces)]) if isinstance(one, LeftOut)] if faces.is_dir() else []
    ):
        note(f"Left out {words}.")
    by_neutral = neutral or {face.outcome for face in labelled} == {STATES[0]}
    if by_neutral:
        check_neutral(analyzer.classifier, wanted)
    else:
        check_outcomes([face.outcome for face in labelled], analyzer.classifier.info, possible)
    test = None if data is None or by_neutral else _official_test(data)  # what is wrong with it shows before the work
    seen = judge_faces(analyzer, labelled)
    for face, why in seen.skipped:
        note(f"Skipped {face.path}: {why}")
    if neutral or {face.outcome for face in seen.judged} == {STATES[0]}:
        for option in given(context, "data", "seed"):
            note(f"{option} does nothing here, because all faces are neutral.")
        _by_neutral(analyzer.classifier, seen, wanted, out, as_json=as_json)
        return
    with Bars() as bars:
        made = adapt_model(
            analyzer.classifier,
            seen.crops,
            [face.outcome for face in seen.judged],
            [face.person for face in seen.judged],
            states=wanted,
            name=out.stem[:200] or "adapted",
            shown=analyzer.assumptions.apply,
            seed=seed,
            progress=bars.stage,
        )
    if test is not None:
        made = made.tested(analyzer.classifier, *test)
    for words in made.notes:
        note(words)
    if as_json:
        print_json({"written": made.held_out.better, **made.info.training, "held_out_people": made.held_out.to_json()})
    else:
        _show(made, len(labelled))
    if not made.held_out.better:
        raise RunError(
            f"{out} was not written: on people who were held out, the new model is not reliably better than "
            f"{analyzer.classifier.info.name} "
            f"({_verdict(made)}). Label more faces, more people, or more faces of the rare states."
        )
    made.save(out)
    say(out, next_command=command("analyze", "class.jpg", "--model", out, "--out", "result"))


def _official_test(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images of the official test that show one of the four states, and their states."""
    import numpy as np

    from aiducation.data.dataset import Dataset
    from aiducation.data.votes import USAGES

    dataset = Dataset.load(folder)
    rows = dataset.labelled[dataset.usage[dataset.labelled] == USAGES.index("PrivateTest")]
    return np.ascontiguousarray(dataset.images[rows]), dataset.state[rows].astype(np.int64)


def _marked(folder: Path) -> list[LabelledFace]:
    """Every photo below a folder, or a single photo, as a neutral face.

    Raises:
        DataFileError: there is none.
    """
    from aiducation.media.inputs import File, Nothing, find_inputs
    from aiducation.vision.own_faces import LabelledFace

    found = find_inputs([str(folder)])
    if faces := [LabelledFace(one.path, STATES[0]) for one in found if isinstance(one, File)]:
        return faces
    why = next((one.why for one in found if isinstance(one, Nothing)), f"{folder} is not a folder with photos.")
    raise DataFileError(why)


def _by_neutral(classifier: Classifier, seen: OwnFaces, states: list[str] | None, out: Path, *, as_json: bool) -> None:
    from aiducation.vision.neutral_marks import NeutralMarks

    people = [face.person for face in seen.judged]
    made = NeutralMarks(classifier, seen.crops, people, states=states, name=out.stem[:200] or "adapted")
    shift = {name: round(float(value), 3) for name, value in zip(classifier.info.outcomes, made.shift, strict=True)}
    if as_json:
        print_json({"written": True, **made.info.training, "shift": shift, "before": made.before, "after": made.after})
    else:
        told = ", ".join(f"{name} {value:+.2f}" for name, value in shift.items())
        print_line(f"{len(seen.judged):,} neutral faces; added to the logits: {told}")
        print_line(f"Answered as neutral, of these faces: {made.before:.2f} before, {made.after:.2f} now")
    note(
        "All faces are neutral, so only the biases were adapted, and how good the new model is cannot be measured. "
        "Check some of its answers. With faces of more states you get a better model, and it can be measured."
    )
    made.save(out)
    say(out, next_command=command("analyze", "class.jpg", "--model", out, "--out", "result"))


def _show(made: Adaptation, labelled: int) -> None:
    from aiducation.evaluation.metrics import balanced_words

    held, training = made.held_out, made.info.training
    told = ", ".join(f"{n:,} {name}" for name, n in training["adapted_to"].items())
    print_line(f"{held.faces:,} of {labelled:,} faces of {people(held.people)} ({told}); fitted: {made.adapted.method}")
    rows = [
        [name, *(f"{value.estimate:.3f}" for value in three), f"{three[2].low:+.3f} to {three[2].high:+.3f}"]
        for name, three in ((balanced_words(OTHER in held.recall), held.balanced), ("accuracy", held.accuracy))
    ]
    before, after = held.calibration_error
    rows.append(["calibration error", f"{before:.3f}", f"{after:.3f}", f"{after - before:.3f}", ""])
    rows += [
        [f"recall {name}", f"{one:.3f}", f"{other:.3f}", f"{other - one:.3f}", ""]
        for name, (one, other) in held.recall.items()
    ]
    print_table(["on held-out people", "before", "adapted", "difference", "95 % interval"], rows)
    print_line(f"Better: {_verdict(made)}.")
    lost = made.info.scores["official_test"]
    if isinstance(lost, dict):
        print_line(
            f"Official test, {lost['images']:,} images: accuracy {lost['before']:.3f} before, {lost['after']:.3f} "
            f"adapted "
            f"({lost['lost']:.3f} lost)"
        )
    else:
        print_line("Official test: not measured (to measure it, give the prepared FER2013 with --data)")


def _verdict(made: Adaptation) -> str:
    held = made.held_out
    gain = held.balanced[2]
    said = [
        f"log loss {-held.log_loss_gain.estimate:+.3f}, lower in {floor(1000 * held.sure + 1e-9) / 10:g} % of the resamples "
        f"of the people (needed: {ceil(1000 * held.needed - 1e-9) / 10:g} %)",
        f"balanced accuracy {gain.estimate:+.3f}" + (", which may be chance" if gain.low <= 0 <= gain.high else ""),
    ]
    said += [
        f"recall of {name} fell by {before - after:.3f}"
        for name, (before, after) in held.recall.items()
        if before - after >= _FELL
    ]
    return "; ".join(said)
