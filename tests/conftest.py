"""What every test shares: --rewrite-golden, compiled schemas, a calm Hypothesis profile, libraries that remember."""

import gc

import pytest
from hypothesis import HealthCheck, settings

from tests.support import cached_libraries
from tests.support.project import ROOT, load_script


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite-golden` takes what the tests see now for approved."""
    parser.addoption("--rewrite-golden", action="store_true", help="write the files in tests/e2e/golden anew")


def pytest_configure(config: pytest.Config) -> None:
    """Compile the schemas where one changed, as the image and the wheel have them; `make mutate` does without."""
    if hasattr(config, "workerinput") or not (ROOT / "tools").is_dir():
        return
    tool = load_script("compile_schemas")
    if tool.is_outdated():
        tool.main()


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
