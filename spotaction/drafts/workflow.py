"""The workflow of a draft: deploys the drafted documents by hand, first as a plan."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from spotaction.documents.yaml_source import to_scalar
from spotaction.drafts.naming import AppNames
from spotaction.drafts.routing import Choice
from spotaction.model.choices import Strategy
from spotaction.model.redaction import truncate
from spotaction.model.resources import Group, GroupId, LoadBalancer

ACTION = "OWNER/spotaction@v1"
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
_LINE = 110  # characters of a comment's line


@dataclass(frozen=True)
class DraftedRun:
    """What a drafted workflow needs to know beside names and strategy.

    `folder` is where the documents are. `replaces` is the group to be named by its id, because its name is not enough.
    """

    folder: str
    spot_account: str
    region: str
    replaces: GroupId | None = None
    pattern: bool = True


def draft_workflow(group: Group, names: AppNames, choice: Choice, run: DraftedRun) -> str:
    """Return the workflow's text."""
    inputs = drafted_inputs(group, names, choice, run)
    return "\n".join([*_head(group, names, choice), *_trigger(run), *_job(names), *_inputs(inputs, names, run), ""])


def _head(group: Group, names: AppNames, choice: Choice) -> Iterator[str]:
    yield from comment(
        f"Deploys {names.app}: drafted from the Elastigroup {group.name} ({group.id}) by spotaction init. "
        f"Strategy {choice.strategy}: {choice.why}"
    )
    for note in choice.notes:
        yield from comment(note)
    yield from comment(
        "Look at: the strategy and its phases, and alarms that would show a bad release. This repository needs the "
        "variable AWS_ROLE_ARN and the secret SPOT_TOKEN, and the role's trust policy the sub "
        f"repo:ORG/REPO:environment:{names.environment}. GitHub lists the workflow once it is on the default branch; "
        "its first choice is a plan, which changes nothing."
    )
    yield f"name: {to_scalar(f'deploy {names.app}')}"
    yield ""


def _trigger(run: DraftedRun) -> Iterator[str]:
    yield from ("on:", "  workflow_dispatch:", "    inputs:", "      operation:")
    yield from ("        description: plan changes nothing", "        type: choice")
    yield from ("        options: [plan, deploy, continue, rollback]", "        default: plan")
    if run.pattern:
        yield from ("      ami-id:", "        description: An AMI, ami-…; empty for the newest that service.yaml finds")
        yield "        required: false"
    else:
        yield from ("      version:", "        description: The AMI's name, or its id", "        required: true")
    yield from (
        "      take-over:",
        "        description: Continue or roll back although the timeout of the run that died has not passed",
    )
    yield from ("        type: boolean", "        default: false", "")


def _job(names: AppNames) -> Iterator[str]:
    yield from ("permissions: {}", "")
    yield "# A group for each operation: a rollback must not queue behind the deployment that it is for."
    yield from ("concurrency:", f"  group: {to_scalar(f'{names.app}-${{{{ inputs.operation }}}}')}")
    yield from ("  cancel-in-progress: false", "  queue: max", "")
    yield from ("jobs:", "  deploy:", "    name: Deploy", "    runs-on: ubuntu-24.04")
    yield from ("    timeout-minutes: 350", f"    environment: {to_scalar(names.environment)}", "    permissions:")
    yield "      contents: read # to check out the documents"
    yield "      id-token: write # to assume the AWS role"
    yield from ("    steps:", f"      - uses: {CHECKOUT}", "        with:", "          persist-credentials: false")
    yield from ("      - name: Deploy", f"        uses: {ACTION}", "        with:")


def drafted_inputs(group: Group, names: AppNames, choice: Choice, run: DraftedRun) -> dict[str, str]:
    """Return the inputs that a deployment of the draft needs, beside credentials and what each run gives."""
    found = {"strategy": choice.strategy.value, "canary": choice.canary, "traffic-weights": choice.weights}
    if choice.strategy is Strategy.BLUE_GREEN:
        found["load-balancers"] = "\n".join(_load_balancers(choice.load_balancers))
        found["downsize-old"] = "after 10m"
    found["app-name"] = str(names.app)
    found["elastigroup-id"] = str(run.replaces or "")
    if group.capacity.target == 0:
        found["instances"] = f"min=1,max={max(1, group.capacity.maximum)},desired=1"
    found |= {"service": f"{run.folder}service.yaml", "infrastructure": f"{run.folder}infrastructure.yaml"}
    return {name: value for name, value in found.items() if value}


def command_line(operation: str, inputs: Mapping[str, str]) -> str:
    """Return the command that runs the operation from a terminal, on one line."""
    flat = {name: _on_one_line(name, value) for name, value in inputs.items()}
    return shlex.join(["spotaction", operation, *(part for name, value in flat.items() for part in _flag(name, value))])


def _flag(name: str, value: str) -> Sequence[str]:
    """The flag with its value; one that begins with `-` would be a flag itself, and one with `@` a file."""
    value = f"@{value}" if value.startswith("@") else value
    return [f"--{name}={value}"] if value.startswith("-") else [f"--{name}", value]


_COMMENTS: Mapping[str, str] = {
    "downsize-old": "Until then the old group is a way back within seconds, and costs as much as the new one.",
    "elastigroup-id": "The group that the first deployment replaces; the line may stay.",
    "instances": "The group is scaled to 0: set the capacity of the new one.",
}


def _inputs(inputs: Mapping[str, str], names: AppNames, run: DraftedRun) -> Iterator[str]:
    space = " " * 10
    yield f"{space}operation: ${{{{ inputs.operation }}}}"
    for name, value in inputs.items():
        yield from (f"{space}{line}" for line in (comment(_COMMENTS[name]) if name in _COMMENTS else ()))
        if "\n" in value:
            yield f"{space}{name}: |"
            yield from (f"{space}  {line}" for line in value.split("\n"))
        else:
            yield f"{space}{name}: {to_scalar(value)}"
    given = ("ami-id", "ami-id") if run.pattern else ("artifact-version", "version")
    yield f"{space}{given[0]}: ${{{{ inputs.{given[1]} }}}}"
    yield f"{space}allow: ${{{{ inputs.take-over && 'take-over' || '' }}}}"
    yield f"{space}# alarms: {names.identifier}-5xx # CloudWatch alarms that end a phase and roll back"
    if run.region:
        yield f"{space}aws-region: {run.region}"
    yield f"{space}role-to-assume: ${{{{ vars.AWS_ROLE_ARN }}}}"
    yield f"{space}spot-account-id: {run.spot_account or '${{ vars.SPOT_ACCOUNT_ID }}'}"
    yield f"{space}spot-token: ${{{{ secrets.SPOT_TOKEN }}}}"


def _load_balancers(balancers: Sequence[LoadBalancer]) -> Iterator[str]:
    for balancer in balancers:
        entry = {
            "loadBalancer": to_scalar(balancer.name),
            "prodListenerPort": balancer.prod_port,
            "prodListenerRuleArn": balancer.prod_rule,
            "stageListenerPort": balancer.stage_port,
            "stageListenerRuleArn": balancer.stage_rule,
            "isTrafficShift": "true" if balancer.shift else None,
            "stageTargetGroupArn": balancer.stage_target_group,
        }
        lines = [f"{key}: {value}" for key, value in entry.items() if value is not None]
        yield f"- {lines[0]}"
        yield from (f"  {line}" for line in lines[1:])


def _on_one_line(name: str, value: str) -> str:
    """The value as a shell's argument on one line: a list of load balancers in YAML's flow style."""
    if name != "load-balancers":
        return value
    entries = [part.replace("\n  ", ", ") for part in value.removeprefix("- ").split("\n- ")]
    return f"[{', '.join(f'{{{entry}}}' for entry in entries)}]"


def comment(text: str) -> Iterator[str]:
    """Yield the lines of a comment; a text of others cannot end it."""
    line = "#"
    for word in truncate(text, 2000).split(" "):
        if len(line) + len(word) >= _LINE and line != "#":
            yield line
            line = "#"
        line += f" {word}"
    yield line
