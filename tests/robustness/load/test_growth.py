"""Twice as much is twice the work, and no more: listener rules, instances, groups, phases, and bytes of a document."""

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from spotaction.inputs.read import read_runner
from spotaction.pipeline.prepare import prepare_execution
from tests.support.action import ROOT, stand
from tests.support.inputs import read_inputs
from tests.support.large import DEPLOYMENTS, lay_out_documents

STEEPEST = 1.1
SIZES = {"listener rules": 30, "instances": 40, "groups": 100, "phases": 12}
OWN = str(ROOT / "spotaction")
SANDBOX = str(ROOT / "spotaction" / "sandbox")


@contextmanager
def counted() -> Iterator[list[int]]:
    """Count the calls of functions of the action's own, and of none in the sandbox."""
    found = [0]

    def tally(frame: FrameType, event: str, argument: object) -> None:
        del argument
        name = frame.f_code.co_filename
        found[0] += event == "call" and name.startswith(OWN) and not name.startswith(SANDBOX)

    before = sys.getprofile()
    sys.setprofile(tally)
    try:
        yield found
    finally:
        sys.setprofile(before)


def exponent(work: Callable[[int], int], size: int) -> float:
    """How the work grows from one size to its double and its fourfold, without what any size takes."""
    work(size)  # what is done once, such as imports, is done now
    small, middle, large = work(size), work(2 * size), work(4 * size)
    return math.log2((large - middle) / (middle - small))


@pytest.mark.slow
@pytest.mark.parametrize("what", SIZES)
def test_the_work_of_a_deployment_grows_with_what_is_large_and_no_faster(what: str, tmp_path: Path) -> None:
    def work(count: int) -> int:
        large = DEPLOYMENTS[what](count)
        with stand(large.strategy, tmp_path, large.scenario) as place:
            with counted() as calls:
                result = place.run(large.inputs)
            assert result.outputs["status"] == "deployed"
        return calls[0]

    assert exponent(work, SIZES[what]) <= STEEPEST


@pytest.mark.parametrize("what", ["instances", "groups"])
def test_a_large_group_or_account_takes_no_more_calls_than_a_small_one(what: str, tmp_path: Path) -> None:
    found = []
    for count in (5, 200):
        large = DEPLOYMENTS[what](count)
        with stand(large.strategy, tmp_path, large.scenario) as place:
            found.append(len(place.run(large.inputs).calls))
    assert found[0] == found[1]


@pytest.mark.parametrize("yaml", [False, True], ids=["json", "yaml"])
def test_the_work_of_reading_a_document_grows_with_its_size_and_no_faster(tmp_path: Path, *, yaml: bool) -> None:
    def work(size: int) -> int:
        folder = tmp_path / str(size)
        if not folder.exists():
            lay_out_documents(folder, size, yaml=yaml)
        given = {
            "INPUT_OPERATION": "validate",
            "INPUT_STRATEGY": "basic",
            "INPUT_SERVICE": "examples/deploy/service.yaml",
            "INPUT_INFRASTRUCTURE": "examples/deploy/infrastructure.yaml",
            "INPUT_ARTIFACT-VERSION": "web-1",
            "INPUT_APP-NAME": "web",
            "GITHUB_WORKSPACE": str(folder),
        }
        with counted() as calls:
            prepare_execution(read_inputs(given), read_runner(given))
        return calls[0]

    assert exponent(work, 20_000) <= STEEPEST
