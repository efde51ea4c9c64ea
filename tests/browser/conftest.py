"""Leaves the summaries' screenshots to `make screenshots`: they need Chromium and, once, the npm registry."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "browser" in config.option.markexpr:
        return
    ours = [item for item in items if item.get_closest_marker("browser")]
    items[:] = [item for item in items if item not in ours]
    config.hook.pytest_deselected(items=ours)
