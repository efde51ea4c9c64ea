"""ARC's Kubernetes mode: nothing is copied back from a step's pod, and a cancel sends no signal to it.

So the post step of the cancelled job has no state, and the main step goes on working beside it, in a pod of its own.
"""

from pathlib import Path

import pytest

from spotaction.post import main_post
from tests.e2e.deployments.interleaving import Start, TurnClock, run_together
from tests.support.action import QUICK, Result, Stand, stand

JOB = {"GITHUB_JOB": "deploy", "RUNNER_NAME": "pod-1"}
#: Seconds after which the job is cancelled; the last ones are when the new group serves alone already.
MOMENTS = [
    *(("basic", seconds) for seconds in (1, 35, 80, 100, 129)),
    *(("canary", seconds) for seconds in (1, 50, 95, 140, 200)),
    *(("blue-green", seconds) for seconds in (1, 45, 75, 100, 180)),
    *(("shift", seconds) for seconds in (1, 70, 130, 180, 215, 270)),
]


def cancel_after(seconds: float, box: Stand, folder: Path, **inputs: str) -> tuple[Result, Result]:
    """Deploy, and run the post step of the same job beside it: without state, and without a signal to the main step."""
    starts = [Start(0, inputs, environ=JOB), Start(seconds, inputs, environ=JOB, act=main_post)]
    main, post = run_together(box, starts, folder)
    return main, post


@pytest.mark.sampled(4)
@pytest.mark.parametrize(("strategy", "seconds"), MOMENTS)
def test_a_cancelled_deployment_is_either_rolled_back_or_deployed_and_nothing_is_left_between(
    strategy: str, seconds: float, tmp_path: Path
) -> None:
    with stand(strategy, tmp_path, QUICK, short_bakes=False, clock=TurnClock()) as box:
        before = box.picture()
        main, post = cancel_after(seconds, box, tmp_path)
        if post.outputs["status"] == "rolled-back":
            assert (main.code, box.picture()) == (1, before), main.log
            assert "took over the deployment of web_prod" in main.log
        else:
            assert (post.outputs["status"], main.outputs["status"]) == ("stopped", "deployed"), post.log
            assert "its new group serves alone, so it is not rolled back" in post.log
        assert box.run(operation="plan", run_id="4712").code == 0  # which another run that holds the app would refuse


def test_what_is_kept_on_cancel_stops_as_well_and_can_be_continued(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK, clock=TurnClock()) as box:
        main, post = cancel_after(50, box, tmp_path, **{"on-cancel": "keep"})
        assert (main.code, post.code, post.outputs["status"]) == (1, 0, "stopped"), post.log
        at_rest = box.capacities()
        box.clock.sleep(600)
        assert box.capacities() == at_rest
        assert box.run(operation="continue", run_id="4712").outputs["status"] == "deployed"
