"""Messages name the flag, not the input; names of steps, paths and keys of documents stay."""

import ast
from collections.abc import Iterator

import pytest

from spotaction.cli.wording import as_flags
from spotaction.cloud.aws.errors import NO_CREDENTIALS
from spotaction.engine.next_steps import rerun_hint
from tests.support.project import ROOT

LOG_IN = "run `aws sso login`, or set AWS_PROFILE or the keys of a user or role"
#: What only makes sense in a workflow, in messages of what also runs at a terminal.
OF_A_WORKFLOW = (
    "configure-aws-credentials",
    "the runner's",
    "on the runner",
    "of this step",
    "before this step",
    "run this step",
    "in the container",
    "id-token",
)
#: Reached only with the token that GitHub gives a job; and the text of a workflow.
ONLY_IN_WORKFLOWS = ("cloud/aws/credentials.py", "drafts/workflow.py")
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
        ("use the inputs service and infrastructure.", "use --service and --infrastructure."),
        ("set the input environment or infrastructure", "set --environment or --infrastructure"),
        ("run operation: rollback again.", "run `spotaction rollback` again."),
        (RERUN, "run, with the same flags, `spotaction continue` or `spotaction rollback`, and without --until"),
        (
            "spot-token: is missing (pass it from a secret that this job can read: ${{ secrets.SPOT_TOKEN }})",
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


@pytest.mark.parametrize("kind", NO_CREDENTIALS, ids=lambda kind: kind.__name__)
def test_a_person_without_credentials_is_told_what_a_person_can_do(kind: type[Exception]) -> None:
    what, next_step = NO_CREDENTIALS[kind]
    told = as_flags(f"{what} Next: {next_step}.")
    ways = (LOG_IN, "correct or unset AWS_PROFILE", "set --aws-region, AWS_REGION or AWS_DEFAULT_REGION")
    assert told.partition(" Next: ")[2].removesuffix(".") in ways
    assert "container" not in told


def _texts() -> Iterator[tuple[str, str]]:
    """Every text in the code that may be a message, with its file; not docstrings."""
    for file in sorted((ROOT / "spotaction").rglob("*.py")):
        name = file.relative_to(ROOT / "spotaction").as_posix()
        if name.startswith(("sandbox/", "cli/")) or name in ONLY_IN_WORKFLOWS:
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                yield name, node.value


def test_no_message_sends_a_person_at_a_terminal_to_a_workflow() -> None:
    found = [(name, text) for name, text in _texts() if any(word in as_flags(text) for word in OF_A_WORKFLOW)]
    assert found == []
