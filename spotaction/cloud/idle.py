"""Waits for a call in a thread, and does meanwhile what cannot wait for its answer, such as a look at the alarms."""

import threading
import time
from collections.abc import Callable

_INTERVAL = 2.5  # seconds


def do_nothing() -> None:
    """Do nothing meanwhile."""


def join_thread(
    thread: threading.Thread,
    seconds: float,
    on_idle: Callable[[], None] = do_nothing,
    *,
    interval: float = _INTERVAL,
) -> None:
    """Return once the thread has ended, or after so many seconds; `on_idle` runs in intervals and may raise."""
    until = time.monotonic() + seconds
    while thread.is_alive() and (left := until - time.monotonic()) > 0:
        thread.join(min(left, interval))
        if thread.is_alive():
            on_idle()
