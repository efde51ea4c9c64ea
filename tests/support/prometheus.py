"""A real Prometheus that scrapes a server of the test: this machine's, or Debian's package, unpacked below build."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Self

import requests

from tests.support.project import ROOT

UNPACKED = ROOT / "build" / "prometheus"
_STARTS_WITHIN = 30.0  # seconds


def find_prometheus() -> str:
    """The program; empty if this machine has none, and `make prometheus` has not got Debian's."""
    unpacked = UNPACKED / "usr" / "bin" / "prometheus"
    found = os.environ.get("PROMETHEUS") or shutil.which("prometheus") or (str(unpacked) if unpacked.exists() else "")
    if not found:
        return ""
    works = subprocess.run([found, "--version"], capture_output=True, check=False)  # noqa: S603 - Prometheus
    return found if works.returncode == 0 else ""


def unpack_package() -> None:
    """Unpack Debian's package; nothing is installed."""
    UNPACKED.mkdir(parents=True, exist_ok=True)
    subprocess.run(["/usr/bin/apt-get", "download", "-q", "prometheus"], cwd=UNPACKED, check=True)
    (package,) = UNPACKED.glob("prometheus_*.deb")
    subprocess.run(["/usr/bin/dpkg", "-x", str(package), str(UNPACKED)], check=True)  # noqa: S603 - Debian's package


@contextmanager
def serve_metrics(text: str) -> Iterator[int]:
    """Serve these metrics on a port of loopback, for every scrape the same."""

    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Metrics)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Prometheus:
    """A server on loopback that keeps its port and its data when it is stopped and started again."""

    def __init__(self, folder: Path, scrapes: int) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port: int = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        (folder / "prometheus.yml").write_text(
            "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\n"
            f"scrape_configs: [{{job_name: web, static_configs: [{{targets: ['127.0.0.1:{scrapes}']}}]}}]\n",
            "utf-8",
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - Prometheus
                [
                    find_prometheus(),
                    f"--config.file={self._folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={self._folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{self._port}",
                ],
                stdout=log,
                stderr=log,
            )
        self._wait("/-/ready", lambda answer: answer.status_code == HTTPStatus.OK)
        return self

    def wait_for(self, query: str) -> None:
        """Wait until the query has a result."""
        self._wait(f"/api/v1/query?query={query}", lambda answer: bool(answer.json()["data"]["result"]))

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _wait(self, path: str, is_there: Callable[[requests.Response], bool]) -> None:
        until = time.monotonic() + _STARTS_WITHIN
        while time.monotonic() < until:
            try:
                if is_there(requests.get(self.address + path, timeout=5)):
                    return
            except requests.ConnectionError:
                pass
            time.sleep(0.05)
        raise AssertionError((self._folder / "log").read_text("utf-8"))


if __name__ == "__main__":
    if not find_prometheus():
        unpack_package()
    sys.exit(0 if find_prometheus() else "Prometheus does not run on this machine")
