"""A deployment in the middle of a shift, with a check whose measurements say what a test wants."""

from dataclasses import dataclass, field

from spotaction.engine.context import DeployContext
from spotaction.engine.release_checks import ReleaseChecks
from spotaction.model.check_kinds import AlarmsCheck, CheckKind
from spotaction.model.checks import Check, Measurement, Outcome, Position, Subject, Where
from spotaction.model.deployment import GroupRef, Snapshot
from spotaction.model.events import CheckFinished, Event
from tests.support.fakes import BLUE, GREEN, NEW_ID, OLD_ID, THIRD, Scene, deployment, group, scene, shift_pair

PASSED = Measurement(Outcome.PASSED, "fine")
CHECK = Check("smoke", Where(Position.AFTER, "stage-setup"), AlarmsCheck(("x",)))
OLD, NEW = GroupRef.of(group("web", OLD_ID)), GroupRef.of(group("web__8", NEW_ID))

Answer = Measurement | Exception


@dataclass
class ScriptedProbe:
    """Gives its answers in turn, the last one for ever; each takes `seconds`, but no longer than until the deadline."""

    stage: Scene
    answers: list[Answer]
    seconds: float = 0.0
    asked: list[float] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)

    def measure(self, subject: Subject, deadline: float) -> Measurement:
        self.asked.append(self.stage.clock.passed)
        self.subjects.append(subject)
        self.stage.clock.sleep(min(self.seconds, deadline - self.stage.clock.now()))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Play:
    """A deployment in the middle of a shift, with one check."""

    def __init__(self, *answers: Answer, seconds: float = 0.0) -> None:
        self.stage = scene(
            group("web", OLD_ID, target_groups=(BLUE, THIRD)), group("web__8", NEW_ID, target_groups=(GREEN, THIRD))
        )
        self.probe = ScriptedProbe(self.stage, list(answers), seconds)
        self.kinds: list[CheckKind] = []
        self.checks = ReleaseChecks(self.make_probe, environment="prod", region="us-east-1")
        self.deployment = deployment()
        self.deployment.snapshot = Snapshot(OLD, (shift_pair(90, 10),))
        self.deployment.new = NEW

    @property
    def context(self) -> DeployContext:
        return self.stage.world()

    def make_probe(self, kind: CheckKind) -> ScriptedProbe:
        self.kinds.append(kind)
        return self.probe

    def run(self, check: Check = CHECK) -> None:
        self.checks.run_check(check, "stage-setup", self.deployment, self.context)

    def told(self, *kinds: type[Event]) -> list[Event]:
        return [event for event in self.stage.events if isinstance(event, kinds)]

    @property
    def subject(self) -> Subject:
        [subject] = self.probe.subjects
        return subject

    @property
    def end(self) -> tuple[str, str, float, int]:
        [event] = self.told(CheckFinished)
        assert isinstance(event, CheckFinished)
        return event.verdict, event.reason, event.seconds, event.measurements
