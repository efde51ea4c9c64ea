"""What every test shares: the option --rewrite-golden, a calm Hypothesis profile and AWS's models."""

import functools
import gc

import botocore.session
import botocore.useragent
import pytest
from hypothesis import HealthCheck, settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rewrite-golden` takes what the tests see now for approved."""
    parser.addoption("--rewrite-golden", action="store_true", help="write the files in tests/e2e/golden anew")


def pytest_collection_finish() -> None:
    """Leave what is imported by now out of every garbage collection: it stays anyway."""
    gc.collect()
    gc.freeze()


# A deployment on the sandbox makes many objects and few cycles: collections took a sixth of the time.
gc.set_threshold(200_000, 50, 100)

# How fast a machine is, is measured by `make bench`, never by a test.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")

# AWS's models are megabytes of JSON. Each is parsed once per process instead of once per boto3 session.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)
# The same few texts are sanitised anew for every call.
botocore.useragent.sanitize_user_agent_string_component = functools.cache(
    botocore.useragent.sanitize_user_agent_string_component
)
