"""Reports a run beyond log, outputs and summary: to the report file, and as a GitHub deployment."""

from pathlib import Path
from typing import TYPE_CHECKING

from spotaction.github.headline import headline_text
from spotaction.github.progress import Progress
from spotaction.github.report import RunReport
from spotaction.github.report_file import ReportFile
from spotaction.inputs.fields import Inputs
from spotaction.inputs.read import WorkflowRun
from spotaction.model.choices import Operation
from spotaction.model.deployment import Status
from spotaction.wiring import VERSION, Environment

if TYPE_CHECKING:
    from spotaction.github.deployments import State

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
    """Create a GitHub deployment if the inputs ask for it, and have its state set at the end.

    Raises `InvalidError` if the environment names certificates that cannot be used.
    """
    if not inputs.create_deployment or inputs.operation not in _WRITING:
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
