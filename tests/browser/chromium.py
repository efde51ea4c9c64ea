"""Drives a headless Chromium over its debugging pipe: no driver and no package is needed besides the browser."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDTH = 1012  # pixels of the column in which GitHub shows a summary
_HEIGHT = 800
_FLAGS = (
    "--headless=new",
    "--no-sandbox",  # containers and CI run as root
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--remote-debugging-pipe",
    f"--window-size={WIDTH},{_HEIGHT}",
)
#: Chromium reads commands from descriptor 3 and answers on 4.
_LAUNCH = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for target, end in zip((3, 4), ends):
    os.dup2(end, target)
os.execv(sys.argv[3], sys.argv[3:])
"""


class PageError(Exception):
    """The browser refused a command, or a script on the page threw."""


@dataclass
class Page:
    """The only tab of a browser."""

    to_browser: IO[bytes]
    from_browser: IO[bytes]
    session: str = ""
    sent: int = 0
    _pending: bytes = field(default=b"", repr=False)

    def open(self, file: Path) -> None:
        """Load a file and wait until it and its scripts are loaded."""
        self.command("Page.navigate", url=file.as_uri())
        loaded = "document.readyState === 'complete' ? done() : addEventListener('load', done)"
        self.evaluate(f"new Promise(done => {loaded})")

    def evaluate(self, script: str) -> Any:  # noqa: ANN401 - whatever the script returns
        """Run a script, wait for its promise, and return its value."""
        answer = self.command("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise PageError(json.dumps(answer["exceptionDetails"])[:2_000])
        return answer["result"].get("value")

    def screenshot(self, file: Path) -> None:
        """Write a picture of the whole page."""
        height = self.evaluate("document.documentElement.getBoundingClientRect().height")
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1}
        answer = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(answer["data"]))

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - the protocol's values
        """Send a command and return its result, passing over events."""
        self.sent += 1
        message = {"id": self.sent, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.to_browser.write(json.dumps(message).encode() + b"\0")
        self.to_browser.flush()
        while True:
            answer = self._read()
            if answer.get("id") == self.sent:
                break
        if "error" in answer:
            raise PageError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._pending:
            piece = os.read(self.from_browser.fileno(), 1 << 20)
            if not piece:
                raise PageError("Chromium ended.")
            self._pending += piece
        line, _, self._pending = self._pending.partition(b"\0")
        found: dict[str, Any] = json.loads(line)
        return found


def find_chromium() -> str:
    """Return the path of the browser; empty if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), "")


@contextmanager
def open_page(browser: str, profile: Path) -> Iterator[Page]:
    """Start a browser with a fresh profile, yield its page, and end it."""
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    flags = [*_FLAGS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(  # noqa: S603 - a browser from the system's path
        [sys.executable, "-c", _LAUNCH, str(theirs_in), str(theirs_out), browser, *flags],
        pass_fds=(theirs_in, theirs_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        with os.fdopen(ours_out, "wb") as to_browser, os.fdopen(ours_in, "rb", buffering=0) as from_browser:
            page = Page(to_browser, from_browser)
            tabs = page.command("Target.getTargets")["targetInfos"]
            target = next(tab["targetId"] for tab in tabs if tab["type"] == "page")
            page.session = page.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            yield page
    finally:
        process.terminate()
        process.wait(timeout=10)
