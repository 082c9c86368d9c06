"""The page about the library: every public name with its docstring, which mkdocstrings fills in."""

from __future__ import annotations

import ast
import re
from pathlib import Path

#: Section -> the public names in it; the tests hold that none is missing.
SECTIONS: dict[str, tuple[str, ...]] = {
    "Analyze": (
        "Analyzer",
        "Faces",
        "Recording",
        "Group",
        "group_of",
        "timeline",
        "save",
        "FORMATS",
        "STATES",
        "OUTCOMES",
    ),
    "Study": (
        *("read_votes", "VoteTable", "CRITERIA", "Dataset", "Split", "MODELS", "build_model", "TrainConfig", "Learner"),
        *("Predictions", "RunFolder"),
    ),
    "Errors": ("AiducationError",),
}

#: Further modules that the guides use, by their own names.
_FURTHER = {
    "Labels of people": (
        "aiducation.observations.annotations.Annotation",
        "aiducation.observations.annotations.Annotations",
        "aiducation.observations.annotations.Target",
        "aiducation.exchange.formats.read_annotations",
        "aiducation.observations.corrections.corrected",
    ),
    "Before anybody is analyzed": ("aiducation.kit.purpose.Purpose", "aiducation.kit.purpose.read_purpose"),
}

_HEAD = """# Library

Every public name of `aiducation`, and the modules that the guides use, from their docstrings. The names of *Analyze*,
*Study* and *Errors* can be imported as in `from aiducation import Analyzer`; importing loads nothing heavy.
"""


def reference(source: Path) -> str:
    """The page as Markdown, with a directive of mkdocstrings for each name.

    Args:
        source: the folder that holds the package.
    """
    public = public_names(source)
    lines = [_HEAD]
    for section, names in SECTIONS.items():
        lines += [f"## {section}", ""]
        for name in names:
            module = public[name]
            if name.isupper():
                lines += [f"### {name}", "", f"`{module}.{name}`", "", constant(source, module, name), ""]
            else:
                lines += [f"::: {module}.{name}", ""]
    for section, paths in _FURTHER.items():
        lines += [f"## {section}", "", *(f"::: {path}\n" for path in paths)]
    return "\n".join(lines)


def public_names(source: Path) -> dict[str, str]:
    """Public name -> the module that has it, as ``aiducation/__init__.py`` says."""
    tree = ast.parse((source / "aiducation" / "__init__.py").read_text(encoding="utf-8"))
    values = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_PUBLIC"
    ]
    return dict(ast.literal_eval(values[0]))


def constant(source: Path, module: str, name: str) -> str:
    """What the comment above a constant says of it."""
    text = (source / Path(*module.split("."))).with_suffix(".py").read_text(encoding="utf-8")
    found = re.search(rf"((?:^#:.*\n)+){name}\b", text, re.M)
    return " ".join(line[2:].strip() for line in found[1].splitlines()) if found else ""
