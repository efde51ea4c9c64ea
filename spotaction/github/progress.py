"""Follows a run: writes log, outputs, state and summary as soon as their content is known."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from spotaction.github.call_stats import CallStats
from spotaction.github.headline import headline_text
from spotaction.github.history import History
from spotaction.github.log import LogSink
from spotaction.github.outcome import describe_failure
from spotaction.github.report import PlanLimits, RunReport
from spotaction.github.report_table import ReportTable
from spotaction.github.workflow_commands import WorkflowCommands
from spotaction.model import record
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import InvalidError, Problem, RefusedError, SpotactionError
from spotaction.model.events import Change, Event, StepFinished
from spotaction.model.observations import Observations
from spotaction.model.ports import Clock
from spotaction.model.redaction import redact_value
from spotaction.model.resources import Instance, JsonObject

_WITHOUT_GROUP = frozenset({Status.PLANNED, Status.ROLLED_BACK})  # the new group has an invented id, or was deleted


GROWTH = 1.1  # a summary is written anew as a whole: each time would take time that grows with the square of the steps


@dataclass
class Progress:
    """The state of a run, and the sink of its events and records.

    `region` is for links and `environment` for titles. Each function in `at_end` gets the final report once.
    """

    commands: WorkflowCommands
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
    tables: Sequence[ReportTable] = ()
    limits: PlanLimits | None = None
    call_stats: CallStats = field(default_factory=CallStats)
    at_end: list[Callable[[RunReport], None]] = field(default_factory=list)
    _finished: int = field(default=0, init=False)
    _summarised: int = field(default=0, init=False)
    history: History = field(init=False)
    log: LogSink = field(init=False)
    observations: Observations = field(init=False)
    started: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.history = History(self.clock)
        self.observations = Observations(self.clock.now())
        self.started = self.clock.time()
        self.log = LogSink(self.commands, self.clock, region=self.region)

    def set_region(self, region: str) -> None:
        """Set the region for links, and save it with the environment for the action's post step."""
        self.region = region
        self.log = LogSink(self.commands, self.clock, region=region, dry_run=self.operation == "plan")
        self.commands.save_state("region", region)
        self.commands.save_state("environment", self.environment)

    def handle_event(self, event: Event) -> None:
        """Write an event to the log, and the summary too if a tenth of the finished steps is not in it yet."""
        self.history(event)
        self.log(event)
        if isinstance(event, StepFinished):
            self._finished += 1
            if self._finished >= self._summarised * GROWTH:
                self._summarised = self._finished
                self.write_summary()

    def save_record(self, deployment: Deployment) -> None:
        """Write the record to the outputs and the action's state, from which a later container can continue.

        Raises `RefusedError` if they cannot be written before the first step has started.
        """
        self.deployment = deployment
        text = self._record_text(deployment)
        self.commands.save_state("deployment", text)
        self._set_output("deployment", text)
        self._set_output("status", deployment.status.value)
        self._set_output("ami-id", deployment.image.id)
        self._set_output("ami-name", deployment.image.name)
        if deployment.new is not None:
            there = deployment.status not in _WITHOUT_GROUP
            self._set_output("elastigroup-id", deployment.new.id if there else "")
            self._set_output("elastigroup-name", deployment.new.name if there else "")
        if deployment.snapshot.old is not None:
            self._set_output("previous-elastigroup-id", deployment.snapshot.old.id)
        if self.operation == "deploy" and not deployment.started_steps:
            self._require_files()

    def _require_files(self) -> None:
        """No call has changed anything so far, and without the record the post step could not roll back."""
        lost = self.commands.lost
        if lost:
            raise RefusedError(
                f"Outputs and state of the action cannot be written ({'; '.join(dict.fromkeys(lost.values()))}).",
                next_step="free disk space on the runner and run again.",
            )

    def _record_text(self, deployment: Deployment) -> str:
        """The record as text. Only its messages are redacted: they quote others, and ids and names are read again."""
        whole = record.to_json(deployment)
        messages = redact_value({key: whole[key] for key in record.MESSAGES}, self.commands.redact)
        return json.dumps({**whole, **messages}, separators=(",", ":"), ensure_ascii=False)

    def _set_output(self, name: str, value: str) -> None:
        self.commands.set_output(name, value, exact=True)

    def note_failure(self, error: SpotactionError, status: Status) -> None:
        """Set status and reason from the error that ended the run, and annotate the run with it."""
        self.status, self.reason, self.next_step = status, error.message, error.next_step
        if isinstance(error, InvalidError):
            self.problems = error.problems
            for problem in error.problems:
                self.commands.annotate("error", str(problem), place=problem.place, title="Invalid")
            return
        title = f"{self.build_report().title}: {status.value.replace('-', ' ')}"
        self.commands.annotate("error", str(error), title=title)

    def finish_run(self) -> None:
        """Close the log, and write the outputs, the summary and the report with the final status."""
        report = self.build_report()
        self.log.close_groups(*describe_failure(report), headline_text(report))
        if self.instances:
            self._set_output("instances", json.dumps([_instance_json(i) for i in self.instances]))
        self._set_output("status", self.status.value)
        self.commands.save_state("status", self.status.value)
        self.commands.set_output("summary-markdown", self.write_summary())
        for send in self.at_end:
            send(self.build_report())
        self.commands.write_lost()

    @property
    def _previous_image(self) -> str:
        old = self.deployment.snapshot.old if self.deployment else None
        return old.image or "" if old else ""

    def write_summary(self) -> str:
        """Write the summary of the run as it is now, and return it."""
        from spotaction.github.summary.render import render_summary  # noqa: PLC0415 - the first call does not wait for it

        text = render_summary(self.build_report())
        self.commands.write_summary(text)
        return text

    def build_report(self) -> RunReport:
        """Return the report of the run as it is now, redacted before Markdown escapes anything."""
        return redact_value(self._unredacted_report(), self.commands.redact)

    def _unredacted_report(self) -> RunReport:
        return RunReport(
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
            started=self.started,
            seconds=self.history.elapsed,
            events=self.history.stamped_events,
            instances=self.instances,
            changes=self.changes,
            diff=self.diff,
            problems=self.problems,
            tables=self.tables,
            limits=self.limits,
            observations=self.observations,
        )


def _instance_json(instance: Instance) -> JsonObject:
    return {
        "id": instance.id,
        "health": instance.state.value,
        "zone": instance.zone,
        "lifeCycle": instance.life_cycle,
    }
