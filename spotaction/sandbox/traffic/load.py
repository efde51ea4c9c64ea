"""A load generator in a process of its own, and the log of its answers."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Self

from spotaction.sandbox.traffic.load_process import Plan

_MODULE = "spotaction.sandbox.traffic.load_process"
_ENDS_WITHIN = 30.0  # seconds, with the slowest request


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request; times are seconds on this machine's monotonic clock.

    `status` is 0 if there was no answer; `error` says why. An answer without a `version` is not of an instance.
    `target_seconds` is how long the load balancer waited for the instance.
    """

    began: float
    ended: float
    kind: str
    status: int
    version: str
    instance: str
    target_group: str
    target_seconds: float
    error: str

    @property
    def is_dropped(self) -> bool:
        """Whether no instance has answered; an error that an instance answers with is not the deployment's."""
        return not self.version


class Load:
    """Sends requests while its context is open; `answers` grows meanwhile, and is complete after it.

    `on_answer` is called with each answer, in a thread of this class.
    """

    def __init__(self, plan: Plan, on_answer: Callable[[Answer], object] = lambda _: None) -> None:
        self._plan = plan
        self._on_answer = on_answer
        self.answers: list[Answer] = []

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-m", _MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(self._plan)) + "\n")
        self._process.stdin.flush()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._reader.join(_ENDS_WITHIN)
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            began, ended, kind, status, version, instance, group, waited, error = line.rstrip("\n").split("\t")
            seconds = int(waited or 0) / 1000
            answer = Answer(float(began), float(ended), kind, int(status), version, instance, group, seconds, error)
            self.answers.append(answer)
            self._on_answer(answer)
