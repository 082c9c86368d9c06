"""Sets up what is missing, then shows what the project does.

python tools/demo.py                                    finds the faces of a sample meeting and says where picture and report are
python tools/demo.py PHOTO-OR-VIDEO...                  the same with your own files
python tools/demo.py study                              the whole study in miniature, on synthetic faces, a few minutes
python tools/demo.py study fer2013.csv fer2013new.csv   the same on the real files (also .gz or .zip), a few minutes

On Linux and macOS, ./demo is the same.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from set_up import ROOT, program, set_up

OUT = Path("demo-output")
#: How the names of files end that a person opens.
ENDS = (".annotated.jpg", ".timeline.png", ".report.html")


def main(arguments: list[str]) -> int:
    """Run the demo that the arguments name, and return the exit code."""
    if arguments[:1] in (["-h"], ["--help"]):
        print(str(__doc__).strip())
        return 0
    study = arguments[:1] == ["study"]
    names = arguments[1:] if study else arguments
    if study and len(names) not in (0, 2):
        return _wrong("Usage: demo study [fer2013.csv fer2013new.csv]")
    for name in names:
        if not Path(name).exists():
            return _wrong(f"There is no file {name}.")
    files = [str(Path(name).resolve()) for name in names]
    set_up("train" if study else "sample,serve")
    if study:
        miniature(files)
    else:
        analyze(files)
    return 0


def analyze(files: list[str]) -> None:
    """Find and judge the faces of these files, or of the sample meeting, and say what to look at."""
    place = OUT / "analysis"
    _remove(place)
    if not files:
        run("sample", "--out", OUT / "sample", "--force")
        files = [str(OUT / "sample" / name) for name in ("gallery.jpg", "meeting.mp4")]
    run("analyze", *files, "--out", place, "--save", "json,csv,picture,timeline,report")
    _say("", "Look at:")
    for end in ENDS:
        _say(*(f"  {_shown(file)}" for file in sorted((ROOT / place).glob(f"*{end}"))))
    _say(f"  {_shown(ROOT / place / 'index.html')}", "")
    _say(
        f"Now your own:   {_again('class.jpg lesson.mp4')}",
        f"Every option:   {_short('aiducation')} analyze --help",
        f"The study:      {_again('study')}",
        f"The page:       {_short('aiducation')} serve    shows photos, recordings and live lessons at http://127.0.0.1:8000/",
    )


def miniature(files: list[str]) -> None:
    """Go through the study with small networks, on these two files or on faces that are drawn by code."""
    for name in ("faces", "data", "data-report", "runs", "report"):
        _remove(OUT / name)
    drawn = "" if files else ", which is little, and says nothing about people: the faces are drawn"
    if not files:
        run("synthesize", "--out", OUT / "faces")
        files = [str(OUT / "faces" / name) for name in ("fer2013.csv", "fer2013new.csv")]
    run("prepare", *files, "--out", OUT / "data")
    run("describe", OUT / "data", "--out", OUT / "data-report")
    run("study", Path("studies") / "demo.toml", "--data", OUT / "data", "--out", OUT / "runs")
    run("report", OUT / "runs", "--out", OUT / "report")
    _say(
        "",
        "Open these pages:",
        f"  {_shown(ROOT / OUT / 'data-report' / 'index.html')}   what the data is",
        f"  {_shown(ROOT / OUT / 'report' / 'index.html')}        what the networks learned{drawn}",
        f"With the two real files:   {_again('study fer2013.csv fer2013new.csv')}      The whole study: docs/study.md",
    )


def run(*words: object) -> None:
    """Show a command of the project and run it in the project's folder; if it fails, the demo ends with its exit code."""
    command = [str(word) for word in words]
    _say(f"$ aiducation {' '.join(command)}")
    if code := subprocess.run([program("aiducation"), *command], cwd=ROOT).returncode:
        sys.exit(code)


def _again(arguments: str) -> str:
    return f"python {Path('tools') / 'demo.py'} {arguments}" if sys.platform == "win32" else f"./demo {arguments}"


def _shown(path: Path) -> Path:
    """A path as seen from the working folder, if it is in it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _short(name: str) -> str:
    return str(Path(program(name)).relative_to(ROOT))


def _remove(folder: Path) -> None:
    shutil.rmtree(ROOT / folder, ignore_errors=True)


def _say(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr, flush=True)


def _wrong(message: str) -> int:
    _say(message)
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
