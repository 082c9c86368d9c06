"""XML, read without its dangerous parts: no entities, nothing from elsewhere, bounded in size and depth. And written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat  # nosec B407 - entity declarations are refused below

from aiducation.errors import DataFileError
from aiducation.records import naming, read_bytes

#: Bytes of a file at most, and elements inside each other.
_LARGEST, _DEEPEST = 1 << 28, 60

#: Characters that XML 1.0 cannot hold, not even as numbers.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(kw_only=True)
class Node:
    """An element.

    Attributes:
        name: of the element.
        attributes: name -> text.
        line: where it begins in the file; the first line is 1.
        children: elements in it.
        text: what stands in it, without the text of its children.
    """

    name: str
    attributes: Mapping[str, str]
    line: int
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> Iterator[Node]:
        """The children of a name."""
        return (child for child in self.children if child.name == name)

    def first(self, *path: str) -> Node | None:
        """The first child of a name, the first child of that, and so on; None if there is none."""
        node: Node | None = self
        for name in path:
            node = next(node.all(name), None) if node else None
        return node

    def words(self, *path: str) -> str:
        """The text of what ``first`` finds, "" if there is nothing."""
        node = self.first(*path)
        return node.text.strip() if node else ""

    def get(self, name: str) -> str:
        """An attribute, "" if it is not there."""
        return self.attributes.get(name, "")


def read_xml(path: Path, root: str) -> Node:
    """The root element of a file.

    Raises:
        DataFileError: it cannot be read, is not XML, has another root, or declares entities.
    """
    with naming(path):
        content = read_bytes(path, _LARGEST)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    open_: list[Node] = [Node(name="", attributes={}, line=0)]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_) > _DEEPEST:
            raise DataFileError(f"{path}, line {parser.CurrentLineNumber:,}: elements are nested too deeply.")
        node = Node(name=name, attributes=attributes, line=parser.CurrentLineNumber)
        open_[-1].children.append(node)
        open_.append(node)

    def words(text: str) -> None:
        open_[-1].text += text

    def refuse(*_: object) -> None:
        raise DataFileError(
            f"{path}, line {parser.CurrentLineNumber:,}: the file declares an entity. No annotation tool writes that, and "
            "it can be used to attack programs; the file is not read."
        )

    parser.StartElementHandler, parser.EndElementHandler = start, lambda _: open_.pop()
    parser.CharacterDataHandler, parser.EntityDeclHandler = words, refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        what = expat.errors.messages.get(error.code, "it is damaged")
        raise DataFileError(f"{path}, line {error.lineno:,} is not XML: {what}.") from error
    except (LookupError, ValueError) as error:
        raise DataFileError(f"{path} is not XML in a known encoding: {error}.") from error
    found = open_[0].children[0]
    if found.name != root:
        raise DataFileError(f"{path} begins with <{found.name[:40]}> instead of <{root}>.")
    return found


def escaped(text: str) -> str:
    """A text as it stands in an element or attribute; what XML cannot hold becomes a replacement character."""
    plain = _NOT_XML.sub("\ufffd", text)
    for character, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        plain = plain.replace(character, written)
    return plain.replace("\r", "&#13;").replace("\n", "&#10;").replace("\t", "&#9;")


def element(name: str, attributes: Mapping[str, object] | None = None, *inside: str, depth: int = 0) -> str:
    """An element on lines of its own; ``inside`` is XML, and a single text without elements stands on the same line."""
    space = "  " * depth
    start = f"{space}<{name}" + "".join(f' {k}="{escaped(str(v))}"' for k, v in (attributes or {}).items())
    if not inside:
        return f"{start}/>"
    if len(inside) == 1 and "<" not in inside[0]:
        return f"{start}>{inside[0]}</{name}>"
    return "\n".join([f"{start}>", *inside, f"{space}</{name}>"])
