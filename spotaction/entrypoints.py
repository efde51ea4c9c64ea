"""The entry points of the container: signal handlers are installed before the slow imports."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from spotaction.cloud.clock import Cancellation, install_signal_handlers


def run_deploy_step() -> int:
    """Run the action, and return its exit code."""
    interrupt = _catch_signals()
    with _no_garbage_collection():
        from spotaction.main import main  # noqa: PLC0415 - a signal during this import is not lost

    return _finalise_exit_code(main(os.environ, sys.stdout, interrupt=interrupt))


def run_post_step() -> int:
    """Run the action's post step, and return its exit code."""
    interrupt = _catch_signals()
    with _no_garbage_collection():
        from spotaction.post import main_post  # noqa: PLC0415 - same

    return _finalise_exit_code(main_post(os.environ, sys.stdout, interrupt=interrupt))


def _catch_signals() -> Cancellation:
    interrupt = Cancellation()
    install_signal_handlers(interrupt)
    return interrupt


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Nothing that an import makes is garbage: it is not looked through, now or later."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


def _finalise_exit_code(code: int) -> int:
    """Ignore signals: Python restores their default action before it exits, and one would change the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    return code
