"""Every error this package raises on purpose.

AiducationError
|-- InputError (ValueError)              something handed in is not what was asked for
|   |-- DataFileError                    a data file is missing, damaged, swapped or of the wrong shape
|   |   `-- TooLargeError                a picture or video has more pixels than are read
|   |-- ConfigError                      an option, name or study file is wrong
|   |-- ModelFileError                   an exported model is missing, damaged or not one of ours
|   `-- ShapeError                       an array has the wrong shape, type or range
|-- RunError (RuntimeError)              a training run cannot be started, continued or read
|   `-- DataMismatchError                two things made from different data were put together
|-- OutputExistsError (FileExistsError)  a result would be overwritten
|-- OutputError (OSError)                a result cannot be written
`-- MissingExtraError (ImportError)      a feature needs packages that are not installed

A message is one or two sentences: what is wrong, what came, what is allowed, what to do next.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterable
from types import ModuleType


class AiducationError(Exception):
    """Base of all errors raised on purpose; the command line prints its message and exits with 1."""


class InputError(AiducationError, ValueError):
    """Something handed in is not what was asked for."""


class DataFileError(InputError):
    """A data file is missing, damaged, swapped or of the wrong shape."""


class TooLargeError(DataFileError):
    """A picture or video has more pixels than are read."""


class ConfigError(InputError):
    """An option, a name or a study file is wrong; the command line exits with 2."""


class ModelFileError(InputError):
    """An exported model is missing, damaged or not one of ours."""


class ShapeError(InputError):
    """An array has the wrong shape, type or range."""


class RunError(AiducationError, RuntimeError):
    """A training run cannot be started, continued or read."""


class DataMismatchError(RunError):
    """Two things that were made from different data were put together."""


class OutputExistsError(AiducationError, FileExistsError):
    """A result would be overwritten; pass ``--force`` (``force=True``) to allow it."""


class OutputError(AiducationError, OSError):
    """A result cannot be written: the disk is full, or the folder is not ours."""


class MissingExtraError(AiducationError, ImportError):
    """A feature needs packages that are not installed."""


def unknown_name(kind: str, name: str, allowed: Iterable[str]) -> ConfigError:
    """The error for an unknown name: it suggests the nearest allowed one and lists them all."""
    names = list(allowed)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    listed = ", ".join(names)
    sentences = [f"Unknown {kind} '{name}'.", f"Known: {listed}."]
    if near:
        sentences.insert(1, f"Did you mean '{near[0]}'?")
    return ConfigError(" ".join(sentences))


def require(module: str, extra: str) -> ModuleType:
    """Import a heavy optional module, or say which pip command adds it.

    Raises:
        MissingExtraError: the module is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        if error.name and not module.startswith(error.name):
            raise  # the module is there, but something inside it is broken: do not hide that
        raise missing_extra(module, extra) from error


#: Packages that the ``train`` extra brings.
TRAIN_PACKAGES = ("torch", "safetensors", "scipy", "matplotlib", "pyarrow", "onnx", "onnxscript")


def missing_extra(module: str | None, extra: str) -> MissingExtraError:
    """The error for a module that an extra brings."""
    name, how = module, extra_command(extra)
    return MissingExtraError(f"This needs '{name}', which is not installed. Add it with: {how}")


def extra_command(extra: str) -> str:
    """How an extra is added, wherever the package was installed from."""
    return f'pip install ".[{extra}]" in the folder of the program, or pip install "aiducation[{extra}]" if it came as a package'
