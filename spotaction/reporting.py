"""The result of a run, good or bad: status and outputs, exit code, the report file, and the GitHub deployment."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spotaction.github.headline import headline_text
from spotaction.github.progress import Progress
from spotaction.github.report import PlanLimits, RunReport
from spotaction.github.report_file import ReportFile
from spotaction.inputs.fields import Inputs
from spotaction.inputs.read import WorkflowRun
from spotaction.model.choices import Operation
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import (
    ApiError,
    CancelledError,
    ConflictError,
    CredentialError,
    InvalidError,
    RefusedError,
    RollbackIncompleteError,
    SpotactionError,
    TakenOverError,
    UnreportedError,
)
from spotaction.wiring import VERSION, Environment

if TYPE_CHECKING:
    from spotaction.engine.context import DeployContext
    from spotaction.github.deployments import State
    from spotaction.operations.plan import Plan

_PATHS, _VALUE = 10, 100  # lines and characters in the log
_NAMED = 3  # of several things that failed for one reason
_WRITING = {Operation.DEPLOY, Operation.CONTINUE, Operation.ROLLBACK}


def to_file(environment: Environment, progress: Progress) -> None:
    """Have the report written at the end to the path in the input `report`, even if other inputs are invalid.

    Raises `InvalidError` for a path outside the workspace, or of a file that is not a report.
    """
    path = environment.environ.get("INPUT_REPORT", "").strip()
    if not path:
        return
    workspace = Path(environment.environ.get("GITHUB_WORKSPACE") or ".")
    file = ReportFile(path, workspace, progress.commands, progress.call_stats, environment.clock.time(), VERSION)
    file.check_path()
    progress.at_end.append(file)


def to_github(inputs: Inputs, runner: WorkflowRun, environment: Environment, progress: Progress) -> None:
    """Create a GitHub deployment if there is a token for it, and have its state set at the end.

    Raises `InvalidError` if the environment names certificates that cannot be used.
    """
    if not inputs.github_token or inputs.operation not in _WRITING:
        return
    import requests

    from spotaction.cloud import certificates
    from spotaction.github.deployments import GitHubDeployment, Repository

    environ = environment.environ
    certificates.check(environ)
    repository = Repository(
        api_url=environ.get("GITHUB_API_URL") or "https://api.github.com",
        name=runner.run.repository,
        ref=runner.github.get("sha", ""),
        log_url=runner.run.url,
    )
    deployment = GitHubDeployment(
        token=inputs.github_token,
        repository=repository,
        environment=progress.environment or progress.app,
        warn=lambda text: progress.commands.annotate("warning", text),
        session=environment.transport.http or requests.Session(),
    )
    deployment.create_in_progress(f"{inputs.operation} {progress.app}")
    progress.at_end.append(lambda report: deployment.set_state(_github_state(report), headline_text(report)))


def _github_state(report: RunReport) -> "State":
    match report.status:
        case Status.DEPLOYED | Status.UNCHANGED:
            return "success"
        case Status.STOPPED | Status.RUNNING:
            return "in_progress"
        case Status.ROLLED_BACK if report.operation == Operation.ROLLBACK:
            return "success"
        case Status.ROLLED_BACK | Status.ROLLBACK_INCOMPLETE | Status.FAILED:
            return "failure"
        case _:
            return "error"


def note_result(deployment: Deployment, context: "DeployContext", progress: Progress) -> None:
    """Set status, reason and instances of a deployment."""
    progress.status = deployment.status
    progress.reason = deployment.reason
    if deployment.status is Status.STOPPED:
        from spotaction.engine.next_steps import resume_hint

        progress.next_step = f"{resume_hint(deployment, until=bool(progress.until))}."
    _note_instances(deployment, context, progress)


def _note_instances(deployment: Deployment, context: "DeployContext", progress: Progress) -> None:
    """The new group's instances as last read; if nothing was deployed, another call is not worth it."""
    if deployment.new is None or deployment.status is Status.UNCHANGED:
        return
    cached = context.health_cache.views.get(deployment.new.id)
    try:
        progress.instances = cached[1].instances if cached else context.groups.instances(deployment.new.id)
    except (ApiError, CredentialError, CancelledError):
        progress.instances = ()  # the deployment is finished, with or without this list


def note_rollback(deployment: Deployment, context: "DeployContext", progress: Progress) -> None:
    """Set the status of a rollback. Raises `RollbackIncompleteError` if manual actions are needed."""
    progress.status = deployment.status
    if deployment.status is Status.ROLLBACK_INCOMPLETE:
        raise RollbackIncompleteError(
            "The rollback is incomplete: " + "; ".join(_distinct_failures(deployment.rollback_failures)),
            next_step=_complete_rollback(deployment, context),
        )


def _complete_rollback(deployment: Deployment, context: "DeployContext") -> str:
    """How to complete a rollback that has ended: a cancel in these reads leaves nothing to the post step."""
    from spotaction.engine.next_steps import incomplete_rollback_hint, rerun_hint

    try:
        with context.shield():
            return incomplete_rollback_hint(deployment, context)
    except CancelledError:
        return f"{rerun_hint('rollback')}."


def _distinct_failures(undone: Sequence[str]) -> Iterator[str]:
    """Each reason once, after what it concerns, without the commands, which the summary lists uncut and unescaped."""
    reasons: dict[str, list[str]] = {}
    for text in undone:
        what, _, why = text.partition(" Manual action: ")[0].rstrip(".").partition(": ")
        reasons.setdefault(why, []).append(what)
    for why, found in reasons.items():
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        names = f"{', '.join(found[:_NAMED])}{more}"
        yield f"{names}: {why}" if why else names


def _changed_config(plan: "Plan") -> Iterator[str]:
    """What differs in the new group's configuration, for those who read the log only."""
    from spotaction.documents.elastigroup.comparison import comparable, differences, shown_value

    old, new = ({**comparable(config), "capacity": None} for config in (plan.old_config, plan.new_config))
    found = differences(old, new)
    yield "Configuration of the new group:" if found else "Configuration of the new group: as the old one's"
    for each in found[:_PATHS]:
        yield f"  {each.path}: {shown_value(each.mine, _VALUE)} → {shown_value(each.live, _VALUE)}"
    if len(found) > _PATHS:
        yield f"  and {len(found) - _PATHS} more, which the summary shows"


def _needs(report: RunReport) -> Iterator[str]:
    """How long it will take, and how many instances at one time, for those who read the log only."""
    from spotaction.github.summary.plan_needs import describe_capacity, describe_time

    found = {"Time": describe_time(report), "Capacity": describe_capacity(report)}
    yield from (f"{name}: {text}" for name, text in found.items() if text)


def note_plan(plan: "Plan", progress: Progress) -> None:
    """Set status, changes and outputs of a plan. Raises `RefusedError` if it breaks a policy."""
    from spotaction.github.config_diff import config_diff
    from spotaction.model.redaction import redact_value
    from spotaction.operations.preflight.policy_check import refuse_broken

    progress.deployment = plan.deployment
    progress.status = plan.deployment.status
    progress.changes = plan.changes
    progress.limits = PlanLimits(steady=plan.steady, draining=plan.draining)
    progress.diff = config_diff(plan.old_config, plan.new_config) if plan.writes else ""
    if plan.writes and plan.old_config and plan.new_config:
        for line in (*_changed_config(plan), *_needs(progress.build_report())):
            progress.commands.log(line)
    document = redact_value(plan.as_json(), progress.commands.redact)
    progress.commands.set_output("plan", json.dumps(document, ensure_ascii=False), exact=True)
    progress.commands.set_output("has-changes", "true" if plan.writes else "false")
    if plan.broken:
        plan.deployment.status = Status.REFUSED
    refuse_broken(plan.broken)


def report_failure(error: SpotactionError, progress: Progress) -> int:
    """Report the error as the result of the run, and return the exit code."""
    deployment = progress.deployment
    status = _failure_status(error, deployment, changed=progress.history.changed)
    if status is Status.CANCELLED:
        error.next_step = error.next_step or _after_cancel(deployment, progress)
    if isinstance(error, RefusedError) and status in {Status.ROLLED_BACK, Status.FAILED}:
        # "Refused" promises that nothing was changed, but something was before this error.
        error.exit_code = ApiError.exit_code if isinstance(error, CredentialError) else SpotactionError.exit_code
    if status is not Status.CANCELLED and deployment and deployment.status is Status.ROLLBACK_INCOMPLETE:
        error.exit_code = RollbackIncompleteError.exit_code
    progress.note_failure(error, status)
    progress.finish_run()
    return error.exit_code


def report_lost_outputs(progress: Progress) -> int:
    """Return the exit code of a successful run: 6 if later steps would read outdated outputs, or none."""
    lost = progress.commands.lost
    if not lost:
        return 0
    status = progress.status.value
    next_step = "free disk space on the runner"
    if progress.status is Status.DEPLOYED:
        next_step += " and run this step again: it keeps the release, ends as unchanged, and writes the outputs"
    error = UnreportedError(
        f"The operation ended as {status}, but {', '.join(lost)} could not be written"
        f" ({'; '.join(dict.fromkeys(lost.values()))}), so later steps would read outdated values or none.",
        next_step=next_step,
    )
    progress.commands.annotate(
        "error", str(error), title=f"{progress.build_report().title}: {status}, but outputs not written"
    )
    return error.exit_code


def _after_cancel(deployment: Deployment | None, progress: Progress) -> str:
    """With `take_over`, because the marker still says that this run is active."""
    from spotaction.engine.next_steps import rerun_hint

    if deployment is None or not deployment.started_steps:
        return f"this run changed nothing; run operation: {progress.operation} again when you are ready."
    how = rerun_hint("rollback", take_over=True, until=bool(progress.until))
    return f"the post step of this action rolls back the rest, unless on-cancel is keep; if it cannot, {how}."


def _failure_status(error: SpotactionError, deployment: Deployment | None, *, changed: bool) -> Status:
    if isinstance(error, InvalidError):
        return Status.INVALID
    if isinstance(error, CancelledError):
        return Status.CANCELLED
    ended = deployment is not None and deployment.status is not Status.RUNNING
    if isinstance(error, RefusedError) and (not ended or _has_yielded(error, deployment, changed=changed)):
        return Status.REFUSED
    if isinstance(error, RollbackIncompleteError):
        return Status.ROLLBACK_INCOMPLETE
    if deployment is not None and ended:
        return deployment.status
    return Status.FAILED


def _has_yielded(error: RefusedError, deployment: Deployment | None, *, changed: bool) -> bool:
    """Whether another run came first or took over, and this run left no changes."""
    if isinstance(error, TakenOverError):
        return not changed
    left = deployment is not None and deployment.status is Status.ROLLBACK_INCOMPLETE
    return isinstance(error, ConflictError) and not left
