"""What every test shares: --rewrite-golden, compiled schemas, a calm Hypothesis profile, libraries that remember."""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

from tests.support import cached_libraries
from tests.support.project import ROOT, load_script
from tests.support.sampling import mark_slow_cases


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite-golden` takes what the tests see now for approved."""
    parser.addoption("--rewrite-golden", action="store_true", help="write the files in tests/e2e/golden anew")


def pytest_configure(config: pytest.Config) -> None:
    """Keep huge pages to this process; compile the schemas where one changed, which `make mutate` does without."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        # Processes that tests start end soon, and would be slower by them.
        for name in ("GLIBC_TUNABLES", "PYTHONMALLOC"):
            os.environ.pop(name, None)
    if hasattr(config, "workerinput") or not (ROOT / "tools").is_dir():
        return
    tool = load_script("compile_schemas")
    if tool.is_outdated():
        tool.main()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what is slow to `make test-slow`."""
    mark_slow_cases(items)
    if "slow" in config.option.markexpr:
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    items[:] = [item for item in items if not item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=slow)


def pytest_collection_finish() -> None:
    """Leave what is imported by now out of every garbage collection: it stays anyway."""
    gc.collect()
    gc.freeze()


# A deployment on the sandbox makes many objects and few cycles: collections took a sixth of the time.
gc.set_threshold(200_000, 50, 100)

# How fast a machine is, is measured by `make bench`, never by a test.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")

cached_libraries.keep()
