"""HAProxy as a process, and its runtime socket."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_STARTS_WITHIN = 10.0
_ANSWERS_WITHIN = 10.0
_PACKAGES = ("haproxy", "liblua5.3-0", "libopentracing-c-wrapper0", "libopentracing1")
#: Names a binary that is not on the path.
VARIABLE = "HAPROXY"


class HaproxyMissingError(RuntimeError):
    """There is no HAProxy; the message says why, and how to get it."""


def find_haproxy(cache: Path) -> list[str]:
    """Return the command that runs HAProxy: that of the machine, or Debian's package, unpacked into `cache`.

    Raises `HaproxyMissingError`.
    """
    found = os.environ.get(VARIABLE) or shutil.which("haproxy") or shutil.which("/usr/sbin/haproxy")
    if found:
        return [found]
    binary = cache / "usr" / "sbin" / "haproxy"
    if not binary.exists():
        _unpack(cache)
    libraries = ":".join(str(folder) for folder in sorted((cache / "usr" / "lib").glob("*-linux-gnu*")))
    command = ["env", f"LD_LIBRARY_PATH={libraries}", str(binary)]
    if subprocess.run([*command, "-v"], capture_output=True, check=False).returncode:  # noqa: S603 - Debian's binary
        raise HaproxyMissingError(f"{binary} does not run on this machine; install the package haproxy.")
    return command


class Haproxy:
    """A running HAProxy; enter it as a context. Commands raise `RuntimeError` if HAProxy refuses them."""

    def __init__(self, command: Iterable[str], folder: Path) -> None:
        self._command = list(command)
        self._folder = folder
        self._socket = folder / "socket"

    def __enter__(self) -> Self:
        with (self._folder / "haproxy.log").open("w") as log:
            self._process = subprocess.Popen(  # noqa: S603 - HAProxy
                [*self._command, "-db", "-f", str(self._folder / "haproxy.cfg")], stdout=log, stderr=log
            )
        deadline = time.monotonic() + _STARTS_WITHIN
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                said = (self._folder / "haproxy.log").read_text(encoding="utf-8")
                raise RuntimeError(f"HAProxy did not start:\n{said}")
            time.sleep(0.01)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def set_server(self, backend: str, place: int, address: str, port: int) -> None:
        """Give a place in a backend an address, and let it receive requests."""
        server = f"{backend}/t{place}"
        self._run(f"set server {server} addr {address} port {port}")
        self._run(f"set server {server} state ready")

    def set_state(self, backend: str, place: int, state: str) -> None:
        """Set whether a place receives new requests: `ready` or `maint`, which leaves those in flight alone."""
        self._run(f"set server {backend}/t{place} state {state}")

    def close_sessions(self, backend: str, place: int) -> None:
        """Close the connections of a place, with the requests in flight."""
        self._run(f"shutdown sessions server {backend}/t{place}")

    def replace_map(self, file: Path, entries: Iterable[tuple[str, str]]) -> None:
        """Replace a map's entries, all at once."""
        version = self._run(f"prepare map {file}", "New version created").rpartition(":")[2].strip()
        for key, value in entries:
            self._run(f"add map @{version} {file} {key} {value}")
        self._run(f"commit map @{version} {file}")

    def _is_ready(self) -> bool:
        try:
            self._run("show version", ".")
        except OSError:
            return False
        return True

    def _run(self, command: str, expected: str = "") -> str:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ANSWERS_WITHIN)
            connection.connect(str(self._socket))
            connection.sendall(f"{command}\n".encode())
            answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode().strip()
        refused = expected not in answer if expected else answer and "changed" not in answer
        if refused:
            raise RuntimeError(f"HAProxy refused {command!r}: {answer or 'no answer'}")
        return answer


def write_maps(folder: Path, maps: Mapping[Path, Iterable[tuple[str, str]]]) -> None:
    """Write the files of maps before HAProxy starts."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, entries in maps.items():
        file.write_text("".join(f"{key} {value}\n" for key, value in entries), encoding="utf-8")


def _unpack(cache: Path) -> None:
    """Download Debian's packages and unpack them; no root is needed, and nothing is installed."""
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise HaproxyMissingError(f"haproxy is not installed, and there is no {tool} to fetch Debian's package.")
    cache.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache.parent) as folder:
        fetched = subprocess.run(  # noqa: S603 - Debian's tools
            ["apt-get", "download", *_PACKAGES],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if fetched.returncode:
            why = fetched.stderr.strip().splitlines()[-1:] or ["unknown"]
            raise HaproxyMissingError(f"haproxy is not installed, and its package could not be fetched: {why[0]}")
        whole = Path(folder) / "whole"
        for package in Path(folder).glob("*.deb"):
            subprocess.run(["dpkg", "-x", str(package), str(whole)], check=True, capture_output=True)  # noqa: S603, S607
        # All at once, since another process may be looking; one that was faster has left the same.
        with suppress(OSError):
            whole.rename(cache)
