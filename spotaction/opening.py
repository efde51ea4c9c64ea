"""Opens the way to the clouds: from inputs to adapters, and to the world as the steps see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import inf, isfinite

from spotaction import record
from spotaction.adapters.clock import Interrupt
from spotaction.connection import Clouds, Transport, connect
from spotaction.deployment import Deployment
from spotaction.documents import check, parse
from spotaction.errors import InvalidError, RefusedError
from spotaction.inputs import Inputs, Runner
from spotaction.marker import new_nonce
from spotaction.model import JsonObject
from spotaction.pauses import Pauses, WatchfulClock
from spotaction.ports import Clock
from spotaction.preparation import Prepared
from spotaction.safety import Rule
from spotaction.workflow.progress import Progress
from spotaction.world import Options, World

TO_RESTORE = 2.0  # seconds after a signal in which production's routes may still be put back


@dataclass(frozen=True)
class Surroundings:
    """Where we run: the environment, the clock, the signals, and the way to the clouds.

    `deadline` is a moment on the clock after which nothing is waited for or tried again. `rules` are all of them but
    in a test that wants to see what one is for. `nonce` draws what tells this run's marks from every other's.
    """

    environ: Mapping[str, str]
    clock: Clock
    interrupt: Interrupt
    transport: Transport
    deadline: float = inf
    rules: frozenset[Rule] = frozenset(Rule)
    nonce: Callable[[], str] = new_nonce


def region_of(inputs: Inputs, prepared: Prepared) -> str:
    """The region of the group, its load balancers and its image: one and the same, or nothing is done."""
    config = prepared.definitions.config.region if prepared.definitions else None
    if config and inputs.aws_region and config != inputs.aws_region:
        raise RefusedError(
            f"The Elastigroup config is for {config}, but AWS is set to {inputs.aws_region}.",
            next_step="set aws-region to the group's region, or correct the config.",
        )
    named = [
        arn
        for balancer in prepared.execution.setup.load_balancers
        for arn in (balancer.prod_rule, balancer.stage_rule, balancer.stage_target_group)
        if arn
    ]
    for arn in named:
        if config and arn.split(":")[3] != config:
            raise RefusedError(f"{arn} is not in {config}, the region of the Elastigroup config.")
    # A rollback without documents has nothing but the load balancers to tell where it is.
    return config or inputs.aws_region or next((arn.split(":")[3] for arn in named), "")


def open_clouds(
    inputs: Inputs, runner: Runner, around: Surroundings, progress: Progress, *, region: str, routes: bool = False
) -> tuple[Clouds, World]:
    """The adapters, whose first call is who we are, and the world on them. Raises `CredentialError`.

    `routes` tells that load balancers are needed.
    """
    progress.locate(region)
    pauses = Pauses(until=around.clock.now() + inputs.conflict_timeout + inputs.timeout)
    clouds = connect(
        inputs,
        runner,
        around.environ,
        clock=WatchfulClock(around.clock, pauses, progress.notify),
        interrupt=around.interrupt,
        mask=progress.commands.mask,
        region=region,
        transport=around.transport,
        deadline=lambda: min(around.deadline, pauses.until),
        hurried=lambda: pauses.hurried,
        on_call=progress.tally,
        routes=routes,
    )
    _who(clouds, inputs, progress)
    return clouds, replace(_world(inputs, clouds, progress, around), pauses=pauses)


def read_record(text: str, *, name: str, arn_head: str) -> Deployment:
    """The record that was passed on, checked against its schema; `name` says where it comes from."""
    document = parse(text, name=name)
    problems = check(document, "deployment")
    if problems:
        raise InvalidError(problems)
    assert isinstance(document.value, dict)
    value: JsonObject = document.value
    return record.from_json(value, arn_head=arn_head)


def _who(clouds: Clouds, inputs: Inputs, progress: Progress) -> None:
    say = progress.commands.say
    say(f"Spot: {inputs.spot_api_url}, account {inputs.spot_account_id or 'of the token'}")
    if clouds.identity is None:
        say("AWS: no credentials, so Spot's view of health is the only one.")
        return
    say(f"AWS: {clouds.identity.arn}")


def _world(inputs: Inputs, clouds: Clouds, progress: Progress, around: Surroundings) -> World:
    minutes = max(1, int(inputs.timeout // 60) + 1) if inputs.suspend_scaling else None
    return World(
        groups=clouds.groups,
        routes=clouds.routes,
        alarms=clouds.alarms,
        clock=progress.clock,
        notify=progress.notify,
        save=progress.save,
        options=Options(
            steady_timeout=inputs.steady_state_timeout,
            keep_old=inputs.keep_old,
            suspend_minutes=minutes,
            alarms=inputs.alarms,
            stage_suffix=inputs.stage_suffix,
            allow_other_rules=inputs.allow_other_rules,
            allow_shared_target_groups=inputs.allow_shared_target_groups,
        ),
        deadline=around.deadline if isfinite(around.deadline) else None,
        shield=lambda: around.interrupt.shield(TO_RESTORE),
    )
