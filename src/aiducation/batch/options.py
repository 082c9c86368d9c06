"""What a batch is asked to save, and what became of each of its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiducation.batch.summary import Summary
from aiducation.defaults import EVERY_S, MIN_GROUP
from aiducation.errors import AiducationError, ConfigError, unknown_name
from aiducation.exports.formats import FORMATS, check_formats, default_formats
from aiducation.exports.hiding import Hide
from aiducation.kit.purpose import Purpose
from aiducation.media.inputs import Input
from aiducation.media.places import Place
from aiducation.media.sampling import check_interval
from aiducation.observations.transcript import NAMES, NO, TRANSCRIPT, TURNS, WORDS
from aiducation.observations.withheld import check_min_group
from aiducation.tables.dialects import STANDARD, check_dialect
from aiducation.texts import ENGLISH, texts_of

#: What continues a command that ended early, without and with --force, which excludes --resume.
_GO_ON = (
    "Run the same command again with --resume to continue.",
    "Run the same command again with --resume in place of --force to continue; results that were made before with the same "
    "options then stay as they are.",
)


def go_on(*, force: bool) -> str:
    """A sentence for a message about what was not done: how its reader goes on.

    Args:
        force: whether the command has --force.
    """
    return _GO_ON[force]


@dataclass(frozen=True, kw_only=True)
class SaveOptions:
    """What to save and how; see the options of ``aiducation analyze``.

    Raises:
        ConfigError: a format is unknown or a number is out of its range.
        MissingExtraError: a format needs a package that is not installed.
    """

    formats: tuple[str, ...] = field(default_factory=default_formats)
    hide_faces: Hide = False
    min_group: int = MIN_GROUP
    every_s: float = EVERY_S
    track: int | None = None
    csv_dialect: str = STANDARD
    language: str = ENGLISH
    explain: bool = False
    transcript: str = TURNS
    purpose: Purpose | None = None
    force: bool = False
    resume: bool = False

    def __post_init__(self) -> None:
        check_formats(self.formats)
        check_interval(self.every_s)
        if self.track is not None and self.track < 0:
            raise ConfigError(f"Video tracks are counted from 0; there is no track {self.track}.")
        check_dialect(self.csv_dialect)
        texts_of(self.language)
        if self.transcript not in TRANSCRIPT:
            raise unknown_name("way to show a transcript", self.transcript, TRANSCRIPT)
        if self.csv_dialect != STANDARD and not any(FORMATS[name].in_dialect for name in self.formats):
            names = ", ".join(name for name, one in FORMATS.items() if one.in_dialect)
            raise ConfigError(f"--csv-dialect is for {names}; none of them is among the formats to save.")
        check_min_group(self.min_group)
        if self.explain and self.hide_faces:
            raise ConfigError("--explain shows faces, so it cannot be combined with --anonymize; choose one.")
        if self.explain and "report" not in self.formats:
            raise ConfigError("--explain adds to the report; save the report as well (--save report).")
        if self.purpose and "report" not in self.formats:
            raise ConfigError("--purpose adds to the report; save the report as well (--save report).")
        if self.transcript == NO and "speech" in self.formats:
            raise ConfigError("--transcript no leaves nothing for the format speech to show; choose one of the two.")
        if self.transcript in (NAMES, WORDS) and not {"report", "speech"} & set(self.formats):
            raise ConfigError(
                f"--transcript {self.transcript} adds to the report and to the format speech; save one of them as well "
                "(--save report)."
            )
        if self.force and self.resume:
            raise ConfigError("--force starts again and --resume continues; choose one.")


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of one input.

    Attributes:
        input: what was analyzed, or left out.
        source: what results call it.
        summary: what was seen, None if it could not be analyzed.
        notes: what a reader should know of the file, one sentence each.
        error: why it could not be analyzed, "" if it could.
        files: what was written, now or before.
        skipped: it was analyzed before.
        stopped: Ctrl-C ended it, and the batch.
        complete: whether all of it was analyzed.
    """

    input: Input
    source: str
    summary: Summary | None = None
    notes: tuple[str, ...] = ()
    error: str = ""
    files: tuple[Path | Place, ...] = ()
    skipped: bool = False
    stopped: bool = False
    complete: bool = True


#: Errors that one input may have while the others go on.
FAILURES = (AiducationError, OSError, MemoryError)


def failed(one: Input, source: str, error: Exception) -> Done:
    """What became of an input that could not be analyzed; ``error`` is one of ``FAILURES``."""
    words = str(error)
    if isinstance(error, MemoryError):
        words = f"{source} cannot be analyzed: it needs more memory than there is."
    elif isinstance(error, OSError) and not isinstance(error, AiducationError):
        words = f"{source} cannot be analyzed: {error.strerror or error}."
    return Done(input=one, source=source, error=words)


def exit_code(done: Sequence[Done]) -> int:
    """130 if Ctrl-C stopped the batch; 1 if an input could not be analyzed, or not to its end; otherwise 0."""
    return 130 if any(one.stopped for one in done) else int(any(one.error or not one.complete for one in done))
