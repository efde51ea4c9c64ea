"""docs/checks.md: what it shows is valid, and what it says of kinds, defaults and permissions is the code's."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from spotaction.checks.comparison.minutes import find_sources
from spotaction.checks.document import KINDS
from spotaction.checks.templates import _NAMES
from spotaction.model.checks import Check
from spotaction.operations.validate import check_file
from tests.support.action import ROOT
from tests.support.compared import compared_subject
from tests.support.documents import blocks, read, section

PAGE = "docs/checks.md"
PREFIXES = {"GetMetricData": "cloudwatch", "DescribeAlarms": "cloudwatch", "InvokeFunction": "lambda"}


def cells(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    rows = [line for line in section(PAGE, heading).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in rows[2:]]


@pytest.mark.parametrize("block", blocks("yaml", read(PAGE)))
def test_every_list_of_checks_is_valid(block: str, tmp_path: Path) -> None:
    file = tmp_path / "checks.yaml"
    file.write_text(block, encoding="utf-8")
    report = check_file(str(file))
    assert (report.problems, report.kind) == ((), "checks")


def test_every_kind_is_there_to_be_chosen_described_and_allowed() -> None:
    for heading, column in (("Choose one", 1), ("The other kinds", 0), ("Permissions", 0)):
        named = {word for row in cells(heading) for word in re.findall(r"`([a-z]+)", row[column])}
        assert set(KINDS) - named <= ({"http"} if heading == "The other kinds" else set()), heading


def test_the_calls_of_each_kind_are_in_the_policy() -> None:
    (policy, *_) = blocks("json", section("docs/permissions.md", "AWS"))
    allowed = {
        action
        for statement in json.loads(policy)["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    calls = {call for row in cells("Permissions") for call in re.findall(r"`([A-Z]\w+)`", row[1])}
    assert {f"{PREFIXES.get(call, 'elasticloadbalancing')}:{call}" for call in calls} <= allowed
    assert len(calls) == 7


def test_the_defaults_are_those_of_the_code() -> None:
    shown = {row[0].strip("`"): row[2] for row in cells("How often")}
    defaults = {field.name: field.default for field in fields(Check) if field.name in shown}
    assert {name: shown[name] for name in ("successes", "failures", "errors")} == {
        name: str(defaults[name]) for name in ("successes", "failures", "errors")
    }
    assert (defaults["timeout"], shown["timeout"]) == (120.0, "`2m`")
    assert (defaults["interval"], shown["interval"].partition(",")[0]) == (10.0, "`10s`")


def test_the_variables_that_are_named_exist() -> None:
    named = set(re.findall(r"\{\{([a-z.-]+)\}\}", section(PAGE, "Variables")))
    assert named - set(_NAMES) == set()
    assert set(_NAMES) - named == {
        "new.group.name",
        "old.group.name",
        "old.image",
        "new.target-group.arn",
        "old.target-group.arn",
    }


def test_a_comparison_asks_for_as_many_metrics_as_its_price_is_made_of() -> None:
    (source,) = find_sources(compared_subject())
    text = section(PAGE, "Cost")
    errors, latency = len(list(source.queries(0))), len(list(source.queries(0, percentile=99.0)))
    assert (f"requests {errors} metrics" in text, f"`latency` requests {latency}" in text) == (True, True)
    assert f"{errors * 2 * 60} an hour" in text


def test_the_example_is_where_it_says() -> None:
    assert check_file(str(ROOT / "examples" / "deploy" / "checks.yaml")).problems == ()
