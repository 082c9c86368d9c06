"""What tests behind a proxy make: real nginx and Caddy on free ports of this machine, as shipped and plain."""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from waiting import PATIENCE_S

DEPLOY = Path(__file__).parents[1] / "deploy"

#: nginx lies where only root looks, on some systems.
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
CADDY = shutil.which("caddy")
OPENSSL = shutil.which("openssl")

#: Names of the shipped settings.
NAME, SHARED_NAME = "faces.school.example", "school.example"

#: A name that browsers do not take for this machine, so that they give it no camera and tell it less of themselves.
OTHER_NAME = "other.example"


#: Ports that no system gives to whoever asks for any, nor to a connection: Linux gives those from 32,768 on, others from 49,152.
_PORTS = range(20_000, 32_000)


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens at, nor gets by chance before the test uses them."""
    found, drawn = list[int](), iter(random.SystemRandom().sample(_PORTS, len(_PORTS)))
    while len(found) < number:
        port = next(drawn)
        with suppress(OSError), socket.socket() as one:
            one.bind(("127.0.0.1", port))
            found.append(port)
    return found


def certificate(folder: Path, *names: str) -> tuple[Path, Path]:
    """A certificate for names, signed by nobody, and its key."""
    certificate, key = folder / "faces.pem", folder / "faces.key"
    alternative = ",".join(f"DNS:{name}" for name in names)
    command = [OPENSSL or "", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    about = ["-days", "2", "-subj", f"/CN={names[0]}", "-addext", f"subjectAltName={alternative}"]
    subprocess.run([*command, *about, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


def filled(text: str, **values: str) -> str:
    """A shipped file with other values for the ones that it names; each must be there."""
    known = {
        "upstream": r"127\.0\.0\.1:8000",
        "port": r"(?<=listen )443",
        "certificate": r"/etc/ssl/faces\.pem",
        "key": r"/etc/ssl/faces\.key",
        "site": rf"(?m)^({NAME}|{SHARED_NAME}) \{{$",
    }
    for name, value in values.items():
        text, number = re.subn(known[name], value, text)
        assert number, f"the shipped file does not name its {name}"
    return text


@dataclass(frozen=True)
class Site:
    """What a proxy shows.

    Attributes:
        address: of the page, with a slash at the end.
        trust: TLS that trusts the proxy's certificate.
    """

    address: str
    trust: ssl.SSLContext

    @property
    def origin(self) -> str:
        return "/".join(self.address.split("/")[:3])

    @property
    def path(self) -> str:
        """Below which the page is; "" for none."""
        return self.address.removeprefix(self.origin).rstrip("/")


@contextmanager
def shipped(name: str, upstream: str, folder: Path) -> Iterator[Site]:
    """Run the proxy with a file of ``deploy/``; only its port, certificate and the server's address are other ones.

    Args:
        name: of the file.
        upstream: address and port of the server.
        folder: for what the proxy writes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (port,) = free_ports(1)
    pem, key = certificate(folder, NAME, SHARED_NAME)
    text = (DEPLOY / name).read_text(encoding="utf-8")
    if name.startswith("nginx"):
        settings = filled(text, upstream=upstream, port=str(port), certificate=str(pem), key=str(key))
        running = nginx(settings, folder, port)
    else:
        site = filled(text, upstream=upstream, site=f"\\1:{port} {{\n\ttls {pem} {key}")
        running = caddy(f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{site}", folder, port)
    host, path = (SHARED_NAME, "faces/") if "path" in name else (NAME, "")
    with running, _found_here(NAME, SHARED_NAME):
        yield Site(f"https://{host}:{port}/{path}", trusting(pem))


@contextmanager
def _found_here(*names: str) -> Iterator[None]:
    """Clients of this process find names on this machine, as if the name service said so."""
    known = socket.getaddrinfo

    def found(host: Any, *rest: Any, **more: Any) -> Any:
        return known("127.0.0.1" if host in names else host, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", found)
        yield


@contextmanager
def nginx(servers: str, folder: Path, *ports: int) -> Iterator[None]:
    """Run nginx with what belongs into its ``http`` block, until it listens at the ports."""
    folder.mkdir(parents=True, exist_ok=True)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; {user} worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{ worker_connections 256; }}\nhttp {{\naccess_log off;\n{places}\n{servers}\n}}\n",
        encoding="utf-8",
    )
    command = [NGINX or "", "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with _running(command, folder, ports):
        yield


@contextmanager
def kinds_of_nginx(kinds: dict[str, str], folder: Path, places: dict[str, str]) -> Iterator[dict[str, str]]:
    """Run one nginx with a server a kind; gives the address of each.

    Args:
        kinds: name -> what stands in the server block; ``$connection_of_client`` is there for sockets.
        folder: for what nginx writes.
        places: words that stand for addresses -> the addresses.
    """
    ports = free_ports(len(kinds))
    servers = ["map $http_upgrade $connection_of_client { default upgrade; '' close; }"]
    for port, kind in zip(ports, kinds.values(), strict=True):
        for word, place in places.items():
            kind = re.sub(rf"\b{word}\b", place, kind)
        servers.append(f"server {{ listen 127.0.0.1:{port}; {kind} }}")
    with nginx("\n".join(servers), folder, *ports):
        yield {kind: f"http://127.0.0.1:{port}/" for kind, port in zip(kinds, ports, strict=True)}


@contextmanager
def caddy(caddyfile: str, folder: Path, *ports: int) -> Iterator[None]:
    """Run Caddy with a Caddyfile, until it listens at the ports."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Caddyfile").write_text(caddyfile, encoding="utf-8")
    command = [CADDY or "", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with _running(command, folder, ports):
        yield


@contextmanager
def _running(command: list[str], folder: Path, ports: tuple[int, ...]) -> Iterator[None]:
    shown = folder / "shown.log"
    environment = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with shown.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        for port in ports:
            while not listens(port):
                assert process.poll() is None, shown.read_text(encoding="utf-8")[-2000:]
                time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def listens(port: int) -> bool:
    """Whether a program of this machine takes connections at a port."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def trusting(certificate: Path) -> ssl.SSLContext:
    """TLS that trusts this certificate alone."""
    return ssl.create_default_context(cafile=str(certificate))
