"""A deployment without checks loads nothing of them."""

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[3]
_OPERATIONS = "deploy, plan, continue_, rollback, validate"
_OWN = ("spotaction.checks", "spotaction.model.check", "spotaction.engine.release_checks", "spotaction.cloud.web")


def test_without_checks_no_module_of_theirs_is_loaded() -> None:
    code = (
        f"import sys, spotaction.main, spotaction.post; from spotaction.operations import {_OPERATIONS};"
        f"print(*[name for name in sys.modules if name.startswith({_OWN})])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=_ROOT, capture_output=True, text=True, check=True)  # noqa: S603

    assert done.stdout == "\n"
