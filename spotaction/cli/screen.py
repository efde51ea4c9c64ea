"""Where lines go: a terminal with colours and a live progress line if rich is installed, else plain text."""

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, Protocol, TextIO

from spotaction.model.events import WaitFinished, WaitProgress

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

Style = Literal["", "title", "good", "change", "wait", "warning", "error", "dim"]
_TIMES = 12  # columns for the spinner and the time so far
_NARROWEST = 20
_COLOURS: Mapping[Style, str] = {
    "": "",
    "title": "bold",
    "good": "bold green",
    "change": "cyan",
    "wait": "dim",
    "warning": "yellow",
    "error": "bold red",
    "dim": "dim",
}


class Screen(Protocol):
    """Writes lines, and shows what is being waited for."""

    def write(self, line: str, style: Style = "") -> None:
        """Write a line. A closed stream is ignored: the work continues without a reader."""
        ...

    def follow(self, event: object) -> None:
        """Show a wait while it lasts."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was."""
        ...


class PlainScreen:
    """Lines of text, for a file, a pipe or the log of a CI."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, line: str, style: Style = "") -> None:
        """Write a line without a style."""
        del style
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        try:
            self._stream.write(line.encode(encoding, "replace").decode(encoding) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            return

    def follow(self, event: object) -> None:
        """Do nothing: the log has the waits."""

    def close(self) -> None:
        """Do nothing."""


class TerminalScreen:
    """A terminal: colours, and below the log a line for each current wait, with its count and the time so far."""

    def __init__(self, console: "RichConsole") -> None:
        self._console = console
        self._live: RichProgress | None = None
        self._waits: dict[str, TaskID] = {}

    def write(self, line: str, style: Style = "") -> None:
        """Write a line above the progress line."""
        from rich.text import Text  # noqa: PLC0415 - only on a terminal

        try:
            self._console.print(Text(line, style=_COLOURS[style]), soft_wrap=True)
        except (OSError, ValueError):
            return

    def follow(self, event: object) -> None:
        """Show a wait from its first progress on, until it has finished."""
        try:
            if isinstance(event, WaitProgress):
                self._show_wait(event)
            elif isinstance(event, WaitFinished):
                self._end_wait(event)
        except (OSError, ValueError):  # the terminal went away
            self._live = None

    def close(self) -> None:
        """Remove the progress line."""
        live, self._live = self._live, None
        self._waits.clear()
        with suppress(OSError, ValueError):
            if live is not None:
                live.stop()

    def _end_wait(self, event: WaitFinished) -> None:
        task = self._waits.pop(event.what, None)
        if self._live is not None and task is not None:
            self._live.remove_task(task)
        if not self._waits:
            self.close()

    def _show_wait(self, event: WaitProgress) -> None:
        if self._live is None:
            self._live = _open_live(self._console)
        count = f"{event.ready} of {event.of}, " if event.of else ""
        text = f"{event.what}: {count}{event.reason}"
        room = max(_NARROWEST, self._console.width - _TIMES)
        text = text if len(text) <= room else f"{text[: room - 1]}…"
        if event.what not in self._waits:
            self._waits[event.what] = self._live.add_task(text, total=None)
        self._live.update(self._waits[event.what], description=text, refresh=True)


def open_screen(stream: TextIO, environ: Mapping[str, str], *, plain: bool) -> Screen:
    """Return the screen for a stream: a terminal's if it is one, nothing forbids it, and rich is installed."""
    if plain or environ.get("CI") or environ.get("TERM") == "dumb" or not stream.isatty():
        return PlainScreen(stream)
    try:
        from rich.console import Console as RichConsole  # noqa: PLC0415 - an extra, and only on a terminal
    except ImportError:
        return PlainScreen(stream)
    return TerminalScreen(RichConsole(file=stream, highlight=False, markup=False, emoji=False))


def _open_live(console: "RichConsole") -> "RichProgress":
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - same

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    live = Progress(*columns, console=console, transient=True)
    live.start()
    return live
