"""A case: a deployment, the trouble that waits on its journey, and what is done afterwards; one command replays it."""

from dataclasses import dataclass
from enum import StrEnum


class Journey(StrEnum):
    """Which run is troubled; what comes before it goes well."""

    DEPLOY = "deploy"
    BAD_IMAGE = "bad-image"  # never healthy for the target group: rolls back by itself
    NEVER_BOOTS = "never-boots"  # nothing of it ever gets healthy for Spot either
    ROLLBACK = "rollback"  # of a finished deployment
    ROLLBACK_HALFWAY = "rollback-halfway"
    CONTINUE = "continue"  # from half-way


class Then(StrEnum):
    """What follows a run that ended before its time; every one is a process of its own."""

    NOTHING = "nothing"
    POST = "post"
    CONTINUE = "continue"
    ROLLBACK = "rollback"
    POST_ROLLBACK = "post+rollback"


@dataclass(frozen=True)
class Trouble:
    """A trouble by its name, at the troubled run's call number `at`, from 0."""

    name: str
    at: int

    def __str__(self) -> str:
        return f"{self.name}@{self.at}"


@dataclass(frozen=True)
class Case:
    """One simulation. The seed moves the timings of instances, so that the same call falls elsewhere in time."""

    strategy: str
    journey: Journey = Journey.DEPLOY
    troubles: tuple[Trouble, ...] = ()
    then: Then = Then.NOTHING
    seed: int = 1

    @property
    def command(self) -> str:
        """Replays this case alone."""
        faults = "".join(f" --fault {trouble.name} --at {trouble.at}" for trouble in self.troubles)
        return (
            f"python -m tests.robustness.simulation --strategy {self.strategy} --journey {self.journey}{faults}"
            f" --then {self.then} --seed {self.seed}"
        )
