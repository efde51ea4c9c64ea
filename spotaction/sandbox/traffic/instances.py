"""The sandbox's instances as HTTP servers, each on a loopback address of its own."""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

_MODULE = "spotaction.sandbox.traffic.instances_process"


class InstanceServers:
    """Starts and stops servers in a process of their own; enter it as a context."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-m", _MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()  # closes the pipes, too

    def start(self, name: str, *, version: str, address: str, port: int) -> None:
        """Let an instance listen. Raises `RuntimeError` if the address cannot be used."""
        self._execute({"do": "start", "name": name, "version": version, "address": address, "port": port})

    def stop(self, name: str) -> None:
        """Terminate an instance: its open connections are reset."""
        self._execute({"do": "stop", "name": name})

    def set_release(self, version: str, values: Mapping[str, float]) -> None:
        """Set how all instances of a version answer from now on; the fields are those of `Release`."""
        self._execute({"do": "release", "version": version, "values": dict(values)})

    def _execute(self, command: Mapping[str, object]) -> None:
        with self._lock:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline().strip()
        if answer != "done":
            raise RuntimeError(f"The instances' process could not {command['do']}: {answer or 'it has ended'}.")
