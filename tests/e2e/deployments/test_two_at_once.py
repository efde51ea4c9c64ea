"""Two whole runs on one app, call by call side by side: one gets through the gate, the other leaves no trace."""

import itertools
from collections.abc import Mapping
from pathlib import Path

import pytest

from spotaction.sandbox.demo import INPUTS
from tests.e2e.deployments.interleaving import Start, TurnClock, run_together
from tests.support.action import JSON, LONG_DRAIN, QUICK, Stand, stand

LATE: JSON = {**QUICK, "latency": 0.1, "lag": {"created-in-list": 1}}
VERY_LATE: JSON = {**QUICK, "latency": 0.1, "lag": {"created-in-list": 85, "spot-list": 5, "spot-get": 5}}
STRATEGIES: Mapping[str, Mapping[str, str]] = {
    "basic": {},
    "canary": {"canary": "34%"},
    "blue-green": {"downsize-old": "after 0s"},
    "shift": {"downsize-old": "after 0s", "traffic-weights": "50, 100"},
}
JOB = {"GITHUB_JOB": "deploy", "RUNNER_NAME": "runner 1"}
OTHER_JOB = {"GITHUB_JOB": "deploy", "RUNNER_NAME": "runner 2"}


def serving(box: Stand) -> list[str]:
    return [group["name"] for group in box.alive() if group["capacity"]["target"] > 0]


@pytest.mark.sampled
@pytest.mark.parametrize("lag", [LATE, VERY_LATE], ids=["a second late", "85 s late"])
@pytest.mark.parametrize("apart", [0.0, 0.05, 3.0, 60.0])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_of_two_runs_one_deploys_and_the_other_leaves_no_trace(
    tmp_path: Path, strategy: str, apart: float, lag: JSON
) -> None:
    with stand(strategy, tmp_path, lag, clock=TurnClock(), drain=LONG_DRAIN) as box:
        starts = [Start(0, STRATEGIES[strategy]), Start(apart, STRATEGIES[strategy], run_id="4999")]
        results = run_together(box, starts, tmp_path)

        logs = "\n---\n".join(result.log for result in results)
        assert sorted(result.outputs["status"] for result in results) == ["deployed", "refused"], logs
        assert sorted(result.code for result in results) == [0, 3]
        assert len(serving(box)) == 1
        box.groups()  # no two of one name
    with stand(strategy, tmp_path / "alone", lag, drain=LONG_DRAIN) as alone:
        alone.folder.mkdir()
        alone.run(STRATEGIES[strategy])
        wanted = {name: (g["capacity"], g["image"]) for name, g in alone.groups().items()}
        assert list(wanted.values()) == [(g["capacity"], g["image"]) for g in box.groups().values()]
        assert box.rules() == alone.rules()


@pytest.mark.sampled
@pytest.mark.parametrize("environs", [({}, {}), (JOB, {}), ({}, JOB), (JOB, OTHER_JOB)], ids=str)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_two_jobs_of_one_run_are_two_whether_or_not_their_runners_are_known(
    tmp_path: Path, strategy: str, environs: tuple[Mapping[str, str], Mapping[str, str]]
) -> None:
    with stand(strategy, tmp_path, {**QUICK, "latency": 0.1}, clock=TurnClock(), drain=LONG_DRAIN) as box:
        starts = [
            Start(apart, STRATEGIES[strategy], environ=env) for apart, env in zip((0, 0.05), environs, strict=True)
        ]
        results = run_together(box, starts, tmp_path)

        logs = "\n---\n".join(result.log for result in results)
        assert sorted(result.outputs["status"] for result in results) == ["deployed", "refused"], logs
        assert len(serving(box)) == 1


@pytest.mark.sampled
@pytest.mark.parametrize("first", [True, False], ids=["first", "second"])
@pytest.mark.parametrize("apart", [0.05, 40.0])
@pytest.mark.parametrize(("routed", "plain"), list(itertools.product(["blue-green", "shift"], ["basic", "canary"])))
def test_runs_of_different_strategies_yield_to_each_other_too(
    tmp_path: Path, routed: str, plain: str, apart: float, *, first: bool
) -> None:
    with stand(routed, tmp_path, VERY_LATE, clock=TurnClock(), drain=LONG_DRAIN) as box:
        (serves,) = (group["id"] for group in box.alive())
        one = Start(0 if first else apart, STRATEGIES[routed])
        beside = {**STRATEGIES[plain], "elastigroup-id": serves}
        other = Start(apart if first else 0, beside, run_id="4999", base=INPUTS[plain])
        results = run_together(box, [one, other], tmp_path)

        logs = "\n---\n".join(result.log for result in results)
        ended = [result.outputs["status"] for result in results]
        assert sorted(ended) == ["deployed", "refused"], logs
        assert apart < 1.0 or (ended[0] == "deployed") is first, logs  # close together, reads decide who creates first
        assert len(serving(box)) == 1


def test_the_wait_is_reported_and_costs_nothing_where_instances_take_longer_to_boot(tmp_path: Path) -> None:
    slow = {"timings": {"fulfil": 60, "spot-healthy": 60, "target-healthy": 30}}
    with stand("basic", tmp_path, slow, drain=LONG_DRAIN) as box:
        result = box.run()
        assert "web_prod: other runs" not in result.log
    with stand("basic", tmp_path / "quick", QUICK, drain=LONG_DRAIN) as box:
        box.folder.mkdir()
        result = box.run()
        assert "web_prod: other runs: Spot may list another run's group up to 90 s late" in result.log
