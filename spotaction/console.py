"""The entry points of the container: signals are caught before anything that takes time to import."""

import os
import sys

from spotaction.adapters.clock import Interrupt, install_signal_handlers


def run() -> int:
    """The action itself; the answer is the exit code."""
    interrupt = _listening()
    from spotaction.main import main  # noqa: PLC0415 - a signal during this import is not lost

    return main(os.environ, sys.stdout, interrupt=interrupt)


def post() -> int:
    """The action's post step; the answer is the exit code."""
    interrupt = _listening()
    from spotaction.post import main_post  # noqa: PLC0415 - same

    return main_post(os.environ, sys.stdout, interrupt=interrupt)


def _listening() -> Interrupt:
    interrupt = Interrupt()
    install_signal_handlers(interrupt)
    return interrupt
