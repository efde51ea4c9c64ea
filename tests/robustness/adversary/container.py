"""One container of the action: its environment and files as a hostile runner gives them, and how it ends."""

import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from spotaction.post import main_post
from spotaction.sandbox.action_transport import SPOT_URL
from spotaction.wiring import Transport
from tests.robustness.simulation.simulated_time import Process
from tests.support.action import KILLED, ROOT, KilledError

from .shared_clock import SharedClock

Act = Callable[..., int]  # `spotaction.main.main`, or what a test puts in its place
_FILES = ("GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")


class Container(Process):
    """A process whose wall clock is off by `skew` seconds, in a folder of its own."""

    def __init__(self, number: int, clock: SharedClock, folder: Path, *, skew: float = 0.0) -> None:
        super().__init__(clock)
        self._shared = clock
        self.number = number
        self.folder = folder / str(number)
        self.folder.mkdir()
        self.log = io.StringIO()
        self.killed = False
        self._skew = timedelta(seconds=skew)
        for file in self._files.values():
            file.write_text("", encoding="utf-8")

    def end(self) -> None:
        """The process is gone: nothing rings for it any more."""
        self._shared.forget()

    def time(self) -> datetime:
        """The wall time that the runner believes in."""
        return datetime.fromtimestamp(self.clock.now(), UTC) + self._skew

    def fill_disk(self) -> None:
        """From now on nothing more can be written."""
        for file in self._files.values():
            if not file.is_symlink():
                file.rename(self._aside(file))
                file.symlink_to("/dev/full")

    def run(self, operation: str, environ: Mapping[str, str], transport: Transport, act: Act) -> int:
        """Run the action to its end; `post` is the post step."""
        whole = {
            **{name: str(file) for name, file in self._files.items()},
            "INPUT_SPOT-API-URL": SPOT_URL,
            "GITHUB_WORKSPACE": str(ROOT),
            **environ,
        }
        try:
            if operation == "post":
                return main_post(whole, self.log, clock=self, transport=transport, interrupt=self.interrupt)
            nonce = f"{self.number:08x}"  # equal scripts are to see equal calls
            return act(
                whole,
                self.log,
                clock=self,
                transport=transport,
                interrupt=self.interrupt,
                nonce=lambda: nonce,
            )
        except KilledError:
            self.killed = True
            return KILLED
        finally:
            self.end()

    def read(self, name: str) -> str:
        """What was written to one of the runner's files."""
        file = self._files[name]
        return (self._aside(file) if file.is_symlink() else file).read_text(encoding="utf-8")

    @property
    def _files(self) -> dict[str, Path]:
        return {name: self.folder / name for name in _FILES}

    @staticmethod
    def _aside(file: Path) -> Path:
        return file.with_suffix(".aside")
