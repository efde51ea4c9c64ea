"""Follows a run as it goes: log, outputs, state and summary are written as soon as they are known."""

import difflib
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from spotaction import record
from spotaction.deployment import Deployment, Status
from spotaction.errors import InvalidError, Problem, RefusedError, SpotactionError
from spotaction.events import Change, Event, StepEnded
from spotaction.hiding import is_secret
from spotaction.model import Instance, JsonObject, JsonValue
from spotaction.ports import Clock
from spotaction.workflow.commands import Commands
from spotaction.workflow.history import History
from spotaction.workflow.log import LogSink
from spotaction.workflow.redaction import redacted
from spotaction.workflow.report import Report
from spotaction.workflow.summary import render
from spotaction.workflow.tally import Tally
from spotaction.workflow.verdict import sentence

_WITHOUT_GROUP = frozenset({Status.PLANNED, Status.ROLLED_BACK})  # the new one's id is made up, or it is deleted


@dataclass
class Progress:
    """Where events and records go. `region` is for links, `environment` for the title in a matrix.

    `tally` counts calls; `at_end` are told once, when everything is known.
    """

    commands: Commands
    clock: Clock
    operation: str = "deploy"
    app: str = ""
    environment: str = ""
    region: str = ""
    actor: str = ""
    until: str = ""
    deployment: Deployment | None = None
    instances: Sequence[Instance] = ()
    status: Status = Status.RUNNING
    reason: str = ""
    next_step: str = ""
    problems: Sequence[Problem] = ()
    changes: Sequence[Change] = ()
    diff: str = ""
    tally: Tally = field(default_factory=Tally)
    at_end: list[Callable[[Report], None]] = field(default_factory=list)
    history: History = field(init=False)
    log: LogSink = field(init=False)

    def __post_init__(self) -> None:
        self.history = History(self.clock)
        self.log = LogSink(self.commands, self.clock, region=self.region)

    def locate(self, region: str) -> None:
        """The region is known from here on: for links, and for the action's post step."""
        self.region = region
        self.log = LogSink(self.commands, self.clock, region=region, rehearsal=self.operation == "plan")
        self.commands.state("region", region)
        self.commands.state("environment", self.environment)

    def notify(self, event: Event) -> None:
        """An event: to the log at once, to the summary at the end of each step."""
        self.history(event)
        self.log(event)
        if isinstance(event, StepEnded):
            self.write()

    def save(self, deployment: Deployment) -> None:
        """The record: to the outputs and to the action's state, so that a later container can go on from it.

        Raises `RefusedError` when they cannot be written and nothing was begun yet.
        """
        self.deployment = deployment
        text = self._kept(deployment)
        self.commands.state("deployment", text)
        self._set("deployment", text)
        self._set("status", deployment.status.value)
        self._set("ami-id", deployment.image.id)
        self._set("ami-name", deployment.image.name)
        if deployment.new is not None:
            there = deployment.status not in _WITHOUT_GROUP
            self._set("elastigroup-id", deployment.new.id if there else "")
            self._set("elastigroup-name", deployment.new.name if there else "")
        if deployment.snapshot.old is not None:
            self._set("previous-elastigroup-id", deployment.snapshot.old.id)
        if self.operation == "deploy" and not deployment.begun:
            self._require_files()

    def _require_files(self) -> None:
        """Nothing was written to the clouds so far, and the post step cannot roll back what it knows nothing of."""
        lost = self.commands.lost
        if lost:
            raise RefusedError(
                f"Outputs and state of the action cannot be written ({'; '.join(dict.fromkeys(lost.values()))}).",
                next_step="free disk space on the runner, and run again.",
            )

    def _kept(self, deployment: Deployment) -> str:
        """The record as text. Its messages quote others; ids and names are no secrets, and are needed as they are."""
        whole = record.to_json(deployment)
        messages = redacted({key: whole[key] for key in record.MESSAGES}, self.commands.redact)
        return json.dumps({**whole, **messages}, separators=(",", ":"), ensure_ascii=False)

    def _set(self, name: str, value: str) -> None:
        self.commands.output(name, value, exact=True)

    def failed(self, error: SpotactionError, status: Status) -> None:
        """Note why it ended, for the summary and as an annotation."""
        self.status, self.reason, self.next_step = status, error.message, error.next_step
        if isinstance(error, InvalidError):
            self.problems = error.problems
            for problem in error.problems:
                self.commands.annotate("error", str(problem), place=problem.place, title="Invalid")
            return
        title = f"{self.report().title}: {status.value.replace('-', ' ')}"
        self.commands.annotate("error", str(error), title=title)

    def end(self) -> None:
        """Close the log and write everything once more, as it ended."""
        self.log.close(sentence(self.report()))
        if self.instances:
            self._set("instances", json.dumps([_instance(i) for i in self.instances]))
        self._set("status", self.status.value)
        self.commands.state("status", self.status.value)
        self.commands.output("summary-markdown", self.write())
        for tell in self.at_end:
            tell(self.report())
        self.commands.write_lost()

    @property
    def _previous_image(self) -> str:
        old = self.deployment.snapshot.old if self.deployment else None
        return old.image or "" if old else ""

    def write(self) -> str:
        """Write the summary as the run stands."""
        text = render(self.report())
        self.commands.summary(text)
        return text

    def report(self) -> Report:
        """What the summary is made of, without secrets: in Markdown they would read differently."""
        return redacted(self._report(), self.commands.redact)

    def _report(self) -> Report:
        return Report(
            status=self.status,
            operation=self.operation,
            app=self.app,
            environment=self.environment,
            deployment=self.deployment,
            previous_image=self._previous_image,
            region=self.region,
            actor=self.actor,
            reason=self.reason,
            next_step=self.next_step,
            until=self.until,
            seconds=self.history.elapsed,
            events=self.history.stamped,
            instances=self.instances,
            changes=self.changes,
            diff=self.diff,
            problems=self.problems,
        )


def config_diff(old: JsonObject, new: JsonObject) -> str:
    """A unified diff of two group configs; user data, keys and tokens show as a hash, what Spot fills in is left out.

    So are the name and the capacity, which the deployment sets and the summary tells.
    """
    before, after = (_lines(config) for config in (old, new))
    return "\n".join(difflib.unified_diff(before, after, "old group", "new group", lineterm="", n=2))


def _lines(config: JsonObject) -> list[str]:
    # Split at line feeds only: a text may hold other characters that count as line ends.
    return json.dumps(_compared(config), indent=2, sort_keys=True, ensure_ascii=False).split("\n")


def _compared(config: JsonObject) -> JsonValue:
    return _shown({key: value for key, value in config.items() if key not in {"name", "capacity"}})


def _shown(value: JsonValue, key: str = "") -> JsonValue:
    if isinstance(value, str) and value and is_secret(key):
        return f"sha256:{hashlib.sha256(value.encode()).hexdigest()[:16]}"
    if isinstance(value, Mapping):
        left_out = {"id", "createdAt", "updatedAt", "description"}
        if "subnetIds" in value:
            left_out.add("subnetId")  # Spot's older way to say the same
        return {k: _shown(v, k) for k, v in value.items() if v is not None and v != {} and k not in left_out}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_shown(each, key) for each in value]
    return value


def _instance(instance: Instance) -> JsonObject:
    return {
        "id": instance.id,
        "health": instance.state.value,
        "zone": instance.zone,
        "lifeCycle": instance.life_cycle,
    }
