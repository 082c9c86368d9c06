"""Places: folders and files elsewhere, on S3, SFTP and WebDAV. Alone imports fsspec.

Who may read them is what the surroundings say: the variables and files of AWS for S3, ``~/.ssh`` and its agent for SFTP,
``~/.netrc`` for WebDAV. An address holds no password, so it can be shown, saved and sent to workers, who have surroundings of
their own.
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urlsplit

from aiducation.errors import ConfigError, DataFileError, OutputError, require
from aiducation.media.stream_addresses import without_secrets

#: What an address may begin with.
SCHEMES = ("s3", "sftp", "webdav", "webdavs")

#: Seconds after which a server of SFTP that says nothing is asked whether it is there; after three questions it counts as gone.
ALIVE_S = 10.0

#: How often something is tried that the network did not do, and seconds of waiting before the second time.
TRIES, WAIT_S = 3, 1.0

_Given = TypeVar("_Given")


@dataclass(frozen=True)
class Place:
    """A folder or a file elsewhere.

    Attributes:
        scheme: of ``SCHEMES``.
        host: the bucket of S3; name and port of a server otherwise, for SFTP perhaps with a user in front.
        path: without a slash at its end; "" for all of it.
    """

    scheme: str
    host: str
    path: str

    @classmethod
    def of(cls, address: str) -> Place:
        """The place that an address names.

        Raises:
            ConfigError: it is not an address, has no host, or has a password, which belongs elsewhere.
            MissingExtraError: what reads it is not installed.
        """
        scheme = address.split("://")[0].lower()
        try:
            parts = urlsplit(address)
            _ = parts.port if scheme != "s3" else None  # reading it checks it
        except ValueError as error:  # whose words may hold a password
            shown = without_secrets(address)[:200]
            raise ConfigError(f"{shown} is not an address; write it like {_EXAMPLES[scheme]}.") from error
        host = parts.netloc
        shown = f"{scheme}://{parts.hostname or ''}{parts.path}"
        if parts.password is not None or (parts.username is not None and scheme != "sftp"):
            raise ConfigError(
                f"The address of {shown} holds a user name or a password. Write it without, and put them where the system keeps "
                f"them: {_WHERE[scheme]}."
            )
        if not host:
            what = "no bucket" if scheme == "s3" else "no host"
            raise ConfigError(f"{address[:200]} names {what}; write it like {_EXAMPLES[scheme]}.")
        _need(scheme)
        after = address.split("://", 1)[1][len(host) :]  # of S3, "#" and "?" belong to names
        path = after if scheme == "s3" else unquote(after)
        return cls(scheme, host, path.strip("/"))

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}/{self.path}"

    @property
    def name(self) -> str:
        """The last part of its path; the host where there is none."""
        return self.path.rsplit("/", 1)[-1] or self.host

    def __truediv__(self, below: str) -> Place:
        return Place(self.scheme, self.host, f"{self.path}/{below}".strip("/"))

    @property
    def _inside(self) -> str:
        """Its path as its file system wants it."""
        if self.scheme == "s3":
            return f"{self.host}/{self.path}".rstrip("/")
        return f"/{self.path}" if self.scheme == "sftp" else self.path

    def find(self) -> dict[str, Version]:
        """Every file below a folder: its path inside it, and what tells this version of it from another; links are left out.

        For a file, itself under the name "". Nothing where there is nothing.

        Raises:
            DataFileError: it cannot be read.
        """
        if self.path and (itself := self.version()):
            return {"": itself}
        about = self._do(lambda: _system(self).find(self._inside, detail=True), "read", missing={})
        found = {}
        for name, one in about.items():
            below = name[len(self._inside) :].strip("/") if self._inside else name.strip("/")
            # Consoles of S3 make folders as files; SeaweedFS 4.48 lists a folder whose last file was deleted.
            if not name.endswith("/") and one.get("type") != "directory":
                found[below] = _version(one)
        return found

    def version(self) -> Version | None:
        """What tells this version of a file from another; None where there is no file.

        Raises:
            DataFileError: it cannot be read.
        """
        about = self._do(lambda: _system(self).info(self._inside), "read", missing=None)
        return _version(about) if about and about.get("type") == "file" else None

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        """The bytes of a file, or some of them.

        Raises:
            DataFileError: it cannot be read.
        """

        def some() -> bytes:
            files = _system(self)
            if self.scheme != "sftp":
                return bytes(files.cat_file(self._inside, start=start, end=end))
            with files.open(self._inside, "rb") as file:  # its cat_file gives the whole file, whatever it is asked for
                file.seek(start)
                return bytes(file.read() if end is None else file.read(end - start))

        return self._do(some, "read")

    def read_if_there(self) -> bytes | None:
        """All bytes of a file; None where there is none.

        Raises:
            DataFileError: it cannot be read.
        """
        return self._do(lambda: bytes(_system(self).cat_file(self._inside)), "read", missing=None)

    def copy_to(self, path: Path) -> None:
        """Copy a file to this machine.

        Raises:
            DataFileError: it cannot be read.
            OSError: this machine has no room for it.
        """
        self._do(lambda: _system(self).get_file(self._inside, str(path)), "copied", local=path)

    def put(self, path: Path) -> None:
        """Put a file of this machine there, in the place of what may be there.

        Raises:
            OutputError: it cannot be written.
        """
        self._do(lambda: self._put(path), "written")

    def write(self, content: bytes) -> None:
        """Put bytes there, in the place of what may be there.

        Raises:
            OutputError: they cannot be written.
        """
        self._do(lambda: self._write(content), "written")

    def delete(self) -> None:
        """Delete a file; nothing happens where there is none.

        Raises:
            OutputError: it cannot be deleted.
        """
        self._do(lambda: _system(self).rm_file(self._inside), "written", missing=None)

    def _put(self, path: Path) -> None:
        files = _system(self)
        if self.scheme.startswith("webdav"):
            files.makedirs(os.path.dirname(self._inside), exist_ok=True)  # noqa: PTH120 - of a path elsewhere
            with path.open("rb") as file:
                files.upload_fileobj(file, self._inside, overwrite=True)
        else:
            files.put_file(str(path), self._inside)

    def _write(self, content: bytes) -> None:
        files = _system(self)
        if self.scheme.startswith("webdav"):
            files.makedirs(os.path.dirname(self._inside), exist_ok=True)  # noqa: PTH120
        files.pipe_file(self._inside, content)

    def _do(self, what: Callable[[], _Given], verb: str, *, missing: Any = ..., local: Path | None = None) -> _Given:
        """Do something there; what the network did not do is tried again.

        Args:
            missing: given where there is nothing; an error otherwise.
            local: a file of this machine that is written.
        """
        error: Exception | None = None
        for attempt in range(TRIES):
            if attempt:
                time.sleep(WAIT_S * 2 ** (attempt - 1))
                _connected.cache_clear()  # a connection of SFTP that was lost is not made anew by itself
            try:
                return what()
            except FileNotFoundError as none:
                if missing is not ...:
                    return missing  # type: ignore[no-any-return]
                error = none
                break
            except PermissionError as refused:
                error = refused
                break
            except Exception as failed:  # each package has errors of its own
                if local is not None and isinstance(failed, OSError) and failed.errno in _NO_ROOM:
                    raise
                error = failed
                if type(failed).__name__ in _FINAL:
                    break
        kind = OutputError if verb == "written" else DataFileError
        assert error is not None
        words = " ".join([_cannot(verb, str(self), _why(error)), *_hint(error, self.scheme)])
        raise kind(words) from error


@dataclass(frozen=True)
class Version:
    """What tells a version of a file elsewhere from another one.

    Attributes:
        size: in bytes.
        mark: the ETag of S3 and WebDAV, otherwise the time of the last change; "" where the server says neither.
    """

    size: int
    mark: str


#: Of a file that is not there.
NOWHERE = Version(0, "")


def is_place(address: str) -> bool:
    """Whether an address names a place elsewhere."""
    return (match := re.match(r"([A-Za-z0-9]+)://", address)) is not None and match[1].lower() in SCHEMES


def pattern(address: str) -> Iterator[Place]:
    """The files that fit an address with ``*`` in it; of S3, SFTP and WebDAV alike.

    Raises:
        DataFileError: they cannot be listed.
    """
    place = Place.of(address)
    names = place._do(lambda: _system(place).glob(place._inside), "read", missing=[])
    for name in sorted(names):
        inside = name.split("/", 1)[1] if place.scheme == "s3" else name
        yield Place(place.scheme, place.host, inside.strip("/"))


#: Where names and passwords belong.
_WHERE = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or ~/.aws/credentials",
    "sftp": "a key in ~/.ssh or its agent",
    "webdav": "~/.netrc",
    "webdavs": "~/.netrc",
}
_EXAMPLES = {
    "s3": "s3://BUCKET/FOLDER",
    "sftp": "sftp://HOST/FOLDER",
    "webdav": "webdav://HOST/FOLDER",
    "webdavs": "webdavs://HOST/FOLDER",
}

#: No room on this machine.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

#: Errors that another try does not change.
_FINAL = ("NoCredentialsError", "PermissionDenied", "HostKeyNotVerifiable", "IsADirectoryError", "NotADirectoryError")


def _need(scheme: str) -> None:
    """Make sure that the package is there that reads such addresses."""
    if scheme == "s3":
        require("s3fs", "remote")
    elif scheme == "sftp":
        require("sshfs", "remote")
    else:
        require("webdav4", "remote")


def _version(about: dict[str, Any]) -> Version:
    mark = about.get("ETag") or about.get("etag") or about.get("mtime") or about.get("modified") or ""
    return Version(int(about.get("size") or 0), str(mark))


def _why(error: Exception) -> str:
    """What an error says, without what may be secret: an address's query and user."""
    words = str(getattr(error, "strerror", None) or error) or type(error).__name__
    words = re.sub(r"//[^/\s?#]*@", "//", words)
    return re.sub(r"\?\S*", "", words).strip().rstrip(".")[:300]


def _cannot(verb: str, address: str, error: str) -> str:
    """What was not done, as a sentence."""
    if verb == "written":
        return f"{address} cannot be written: {error}."
    return f"{address} cannot be copied: {error}." if verb == "copied" else f"{address} cannot be read: {error}."


def _hint(error: Exception, scheme: str) -> list[str]:
    """What to do about it: a sentence, or nothing."""
    if isinstance(error, FileNotFoundError):
        return []
    if "HostKey" in type(error).__name__ or "host key" in str(error).lower():
        return ["Connect once with 'ssh', so that the system knows the key of the server."]
    names = " ".join(kind.__name__ for kind in type(error).__mro__)
    if re.search("Connect|Network|gaierror|Timeout", names):
        return ["Is the network there, and is the address right?"]
    return [f"Who may read and write is said by {_WHERE[scheme]}."]


def _system(place: Place) -> Any:
    """The file system of a place; a connection is kept."""
    return _connected(place.scheme, "" if place.scheme == "s3" else place.host, os.getpid())


@lru_cache(maxsize=16)
def _connected(scheme: str, host: str, process: int) -> Any:
    del process  # a connection does not outlive a fork
    if scheme == "s3":
        import s3fs

        return s3fs.S3FileSystem(use_listings_cache=False, skip_instance_cache=True)
    if scheme == "sftp":
        import sshfs

        parts = urlsplit(f"sftp://{host}")
        given = {"username": parts.username, "port": parts.port}
        # sshfs would believe any server; an empty tuple has asyncssh look into ~/.ssh/known_hosts
        return sshfs.SSHFileSystem(
            parts.hostname,
            known_hosts=(),
            keepalive_interval=ALIVE_S,
            skip_instance_cache=True,
            **{name: one for name, one in given.items() if one is not None},
        )
    import httpx
    from webdav4.client import Client
    from webdav4.fsspec import WebdavFileSystem

    class Quoting(Client):  # type: ignore[misc] # it has no types
        """A client that quotes names by itself: httpx leaves "%41" as it is, which is "A" then, and refuses "#"."""

        def join_url(self, path: str, add_trailing_slash: bool = False) -> Any:
            return super().join_url(quote(path), add_trailing_slash)

    netrc = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    auth = httpx.NetRCAuth(str(netrc)) if netrc.is_file() else None
    base = f"{'https' if scheme == 'webdavs' else 'http'}://{host}"
    return WebdavFileSystem(base, client=Quoting(base, auth=auth), skip_instance_cache=True)
