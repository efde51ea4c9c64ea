"""The entry points of the container: signals are caught before anything that takes time to import."""

import os
import signal
import sys

from spotaction.adapters.clock import Interrupt, install_signal_handlers


def run() -> int:
    """The action itself; the answer is the exit code."""
    interrupt = _listening()
    from spotaction.main import main  # noqa: PLC0415 - a signal during this import is not lost

    return _final(main(os.environ, sys.stdout, interrupt=interrupt))


def post() -> int:
    """The action's post step; the answer is the exit code."""
    interrupt = _listening()
    from spotaction.post import main_post  # noqa: PLC0415 - same

    return _final(main_post(os.environ, sys.stdout, interrupt=interrupt))


def _listening() -> Interrupt:
    interrupt = Interrupt()
    install_signal_handlers(interrupt)
    return interrupt


def _final(code: int) -> int:
    """The exit code stands: Python gives signals their default action back before it is gone, and one could end it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    return code
