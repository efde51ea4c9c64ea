"""The entry points of the container: signal handlers are installed before the slow imports."""

import os
import signal
import sys

from spotaction.cloud.clock import Cancellation, install_signal_handlers


def run_deploy_step() -> int:
    """Run the action, and return its exit code."""
    interrupt = _catch_signals()
    from spotaction.main import main  # noqa: PLC0415 - a signal during this import is not lost

    return _finalise_exit_code(main(os.environ, sys.stdout, interrupt=interrupt))


def run_post_step() -> int:
    """Run the action's post step, and return its exit code."""
    interrupt = _catch_signals()
    from spotaction.post import main_post  # noqa: PLC0415 - same

    return _finalise_exit_code(main_post(os.environ, sys.stdout, interrupt=interrupt))


def _catch_signals() -> Cancellation:
    interrupt = Cancellation()
    install_signal_handlers(interrupt)
    return interrupt


def _finalise_exit_code(code: int) -> int:
    """Ignore signals: Python restores their default action before it exits, and one would change the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    return code
