"""The names that expressions may look up: where each value comes from, and how to provide one that is missing."""

from collections.abc import Iterator
from dataclasses import dataclass

ANY = "NAME"  # stands for one key
REST = "…"  # stands for one key or more

_NO_SERVICE = "add it to the service"
_NO_INFRASTRUCTURE = "add it to the infrastructure"
_NO_ENVIRONMENT = "set the input environment or infrastructure"
_NO_ARTIFACT = "the AMI has no such value"
_STEPS = "expressions are resolved before the first step runs; use the outputs of the action in a later workflow step"


@dataclass(frozen=True)
class KnownName:
    """Names with one source. `source` is for the documentation, `missing` is the hint where there is no value.

    An empty `missing` stands for the name itself in the input `variables`. Where Harness has a value that is not to be
    had here (`is_unavailable`), comparing it with `null` is an error, too.
    """

    names: tuple[str, ...]
    source: str
    missing: str = ""
    is_unavailable: bool = False

    def hint(self, keys: list[str]) -> str:
        """Return how to provide a value."""
        return self.missing.replace(ANY, keys[-1]) or f"set '{'.'.join(keys)}' in the input variables"


def _known(names: str, source: str, missing: str = "", *, is_unavailable: bool = False) -> KnownName:
    return KnownName(tuple(names.split()), source, missing, is_unavailable)


KNOWN_NAMES = (
    _known("account.identifier account.name account.companyName", "the input `variables`"),
    _known(
        "org.identifier",
        "`orgIdentifier` of pipeline, service or infrastructure, else the input `variables`, else the repository's "
        "owner",
    ),
    _known(
        "project.identifier",
        "`projectIdentifier` of pipeline, service or infrastructure, else the input `variables`, else the repository's "
        "name",
    ),
    _known(
        "org.name project.name",
        "the input `variables`, else the identifier; the repository's name if that is the identifier",
    ),
    _known("org.description project.description", "the input `variables`"),
    _known("pipeline.name pipeline.identifier", "the pipeline, else the input `variables`, else the workflow's name"),
    _known("pipeline.description pipeline.tags.NAME", "the pipeline, else the input `variables`"),
    _known(
        "pipeline.variables.NAME",
        "the input `variables` (by NAME alone), else the pipeline's `variables`",
        "set 'NAME' in the input variables",
    ),
    _known(
        "pipeline.stages.…",
        "the input `variables`, for example from an output of an earlier job: the other stages are not run here",
        is_unavailable=True,
    ),
    _known("pipeline.executionId", "the input `variables`, else the id of the workflow run"),
    _known("pipeline.sequenceId", "the input `variables`, else the number of the workflow run"),
    _known("pipeline.executionUrl pipeline.execution.url", "the input `variables`, else the URL of the workflow run"),
    _known(
        "pipeline.triggerType",
        "the input `variables`, else the event: `MANUAL` for `workflow_dispatch`, `SCHEDULER_CRON` for `schedule`, "
        "otherwise `WEBHOOK`",
    ),
    _known("pipeline.triggeredBy.name", "the input `variables`, else the user who started the workflow run"),
    _known("pipeline.triggeredBy.email", "the input `variables`, else the pusher's address in the event"),
    _known("pipeline.startTs", "the input `variables`"),
    _known("stage.name stage.identifier", "the stage, else the input `variables`, else the id of the workflow's job"),
    _known("stage.description stage.type stage.tags.NAME", "the stage, else the input `variables`"),
    _known(
        "stage.variables.NAME",
        "the input `variables` (by NAME alone), else the `variables` of execution or stage",
        "set 'NAME' in the input variables",
    ),
    _known("stage.executionUrl", "the input `variables`, else the URL of the workflow run"),
    _known(
        "execution.variables.NAME",
        "the input `variables` (by NAME alone), else the execution's `variables`",
        "set 'NAME' in the input variables",
    ),
    _known("service.name service.identifier service.description service.tags.NAME", "the service", _NO_SERVICE),
    _known("service.type", "`type` of the service's `serviceDefinition`", _NO_SERVICE),
    _known(
        "service.variables.NAME serviceVariables.NAME",
        "the service's `variables`; a value of `<+input>` comes from the input `variables`",
        "add it to the service's variables",
    ),
    _known("env.name", "the input `environment`, else the infrastructure's `environmentRef`", _NO_ENVIRONMENT),
    _known(
        "env.identifier",
        "the infrastructure's `environmentRef`, else the input `variables`, else the input `environment`",
        _NO_ENVIRONMENT,
    ),
    _known("env.type env.description", "the input `variables`"),
    _known(
        "env.variables.NAME variable.NAME variable.account.NAME variable.org.NAME",
        "the input `variables`, also by NAME alone",
    ),
    _known(
        "infra.name infra.identifier infra.infraIdentifier infra.connectorRef infra.tags.NAME",
        "the infrastructure",
        _NO_INFRASTRUCTURE,
    ),
    _known(
        "INFRA_KEY",
        "a hash of service, environment and connector, as Harness computes it",
        "it is computed from the inputs service and infrastructure",
    ),
    _known(
        "artifact.version artifact.tag artifact.image artifact.amiId artifact.identifier artifact.type "
        "artifact.metadata.NAME artifacts.primary.…",
        "the AMI: `version` and `tag` are its name, `image` and `amiId` its id, `metadata` its tags. Only in "
        "Elastigroup config and start-up script",
        _NO_ARTIFACT,
    ),
    _known("trigger.type", "the input `variables`, else the event: `Webhook`, `Manual` or `Scheduled`"),
    _known("trigger.event", "the input `variables`, else the event: `PR`, `PUSH`, else its name in upper case"),
    _known("trigger.payload.…", "the input `variables`, else the event's payload"),
    _known(
        "trigger.sourceRepo trigger.repoUrl trigger.gitUser trigger.branch trigger.commitSha",
        "the input `variables`, else the event",
    ),
    _known(
        "trigger.prNumber trigger.prTitle trigger.sourceBranch trigger.targetBranch trigger.baseCommitSha",
        "the input `variables`, else the event, if it is a pull request's",
    ),
    _known(
        "codebase.branch codebase.commitSha codebase.shortCommitSha codebase.commitRef codebase.repoUrl "
        "codebase.gitUserId codebase.build.type",
        "the input `variables`, else the event; of a pull request, `branch` is its target, and `commitSha` its head",
    ),
    _known("codebase.tag", "the input `variables`, else the tag that the workflow runs for"),
    _known(
        "codebase.commitMessage codebase.gitUser codebase.gitUserEmail",
        "the input `variables`, else the event's last commit",
    ),
    _known(
        "codebase.prNumber codebase.prTitle codebase.sourceBranch codebase.targetBranch codebase.baseCommitSha "
        "codebase.pullRequestLink codebase.mergeSha codebase.state",
        "the input `variables`, else the event, if it is a pull request's",
    ),
    _known("variables.NAME", "the input `variables`", "set 'NAME' in the input variables"),
    _known(
        "matrix.NAME",
        "the job's matrix, or the loop of a step or stage",
        "set 'NAME' in the strategy.matrix of the job",
    ),
    _known(
        "repeat.item repeat.partition strategy.iteration strategy.iterations strategy.identifierPostFix step.iteration "
        "step.iterations",
        "the loop of an execution document; `partition` are the items of an iteration, with commas between them",
        "use it in a step with a looping strategy",
    ),
    _known(
        "stage.iteration stage.iterations stage.matrix.NAME",
        "the loop of the stage: the iteration that the job's matrix names",
        "use it in a stage with a looping strategy",
    ),
    _known(
        "strategy.currentStatus strategy.node.…",
        "none: expressions are resolved before the first step runs",
        _STEPS,
        is_unavailable=True,
    ),
    _known(
        "github.NAME",
        "the workflow run: `sha`, `ref_name`, `run_id`, …",
        "available are values such as github.sha, github.ref_name and github.run_id",
    ),
    _known(
        "execution.steps.… steps.… step.…",
        "none: expressions are resolved before the first step runs",
        _STEPS,
        is_unavailable=True,
    ),
)

NOT_SETTABLE = frozenset({"variables", "matrix", "repeat", "strategy", "github", "artifact", "artifacts", "secrets"})
SETTABLE = frozenset(name.split(".")[0] for each in KNOWN_NAMES for name in each.names) - NOT_SETTABLE


def find_known(keys: list[str]) -> KnownName | None:
    """Return the entry of a known name; None for a name that is not known."""
    return next((each for each in KNOWN_NAMES if any(_matches(name.split("."), keys) for name in each.names)), None)


def is_exact(keys: list[str]) -> bool:
    """Return whether a name is known by all of its keys, so that it cannot be a misspelled one."""
    return any(".".join(keys) in known.names for known in KNOWN_NAMES)


def keys_below(keys: list[str]) -> Iterator[str]:
    """Yield the known keys that may follow some keys."""
    for known in KNOWN_NAMES:
        for name in known.names:
            parts = name.split(".")
            if len(parts) > len(keys) and parts[: len(keys)] == keys and parts[len(keys)] not in {ANY, REST}:
                yield parts[len(keys)]


def _matches(pattern: list[str], keys: list[str]) -> bool:
    if pattern[-1] == REST:
        return len(keys) >= len(pattern) and keys[: len(pattern) - 1] == pattern[:-1]
    return len(pattern) == len(keys) and all(part in {ANY, key} for part, key in zip(pattern, keys, strict=True))
