"""Messages name the flag, not the input; names of steps, paths and keys of documents stay."""

import pytest

from spotaction.cli.wording import as_flags
from spotaction.engine.next_steps import rerun_hint

RERUN = rerun_hint("continue", "rollback", until=True)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("strategy: is missing (write basic)", "--strategy: is missing (write basic)"),
        (
            "set the input aws-region, AWS_REGION or AWS_DEFAULT_REGION",
            "set --aws-region, AWS_REGION or AWS_DEFAULT_REGION",
        ),
        ("correct the region, or set aws-region.", "correct the region, or set --aws-region."),
        ("input load-balancers:1:3: [0].x: unknown key", "--load-balancers:1:3: [0].x: unknown key"),
        ("run operation: rollback again.", "run `spotaction rollback` again."),
        (RERUN, "run, with the same flags, `spotaction continue` or `spotaction rollback`, and without --until"),
        (
            "spot-token: is missing (pass it from a secret: ${{ secrets.SPOT_TOKEN }})",
            "--spot-token: is missing (set SPOTINST_TOKEN or SPOTACTION_SPOT_TOKEN)",
        ),
        ("Cancelled by the runner (SIGINT).", "Cancelled (SIGINT)."),
        (
            "instances: same-as-running would replace only web__1",
            "--instances same-as-running would replace only web__1",
        ),
        ("wait for it (on-conflict: wait 30m does this)", "wait for it (--on-conflict 'wait 30m' does this)"),
        ("write it in downsize-old: after 5m", "write it in --downsize-old 'after 5m'"),
    ],
)
def test_an_input_is_told_as_a_flag(message: str, told: str) -> None:
    assert as_flags(message) == told


@pytest.mark.parametrize(
    "message",
    [
        "svc.yaml:3:1: service: unknown key 'nmae'",
        "Rollback of downsize-old finished in 3s",
        "deploy/load-balancers.yaml:1:1: expected a list",
        "<+variable.app-name> has no value",
        "web-app-name-2 steady: 2 of 3, healthy",
        "the strategy of the group, its timeout and the report",
        "see service: it names an alarm",
        "--app-name: is missing",
    ],
)
def test_what_is_no_input_stays(message: str) -> None:
    assert as_flags(message) == message
