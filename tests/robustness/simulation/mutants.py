"""The deployment with one promise broken at a time: a change of the source, or a safety rule left out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """`old` stands in the file exactly once; `telling` and `troubles` are the strategies and faults that show it.

    With `proof` not the simulation has to find it but this test of pytest has to fail.
    """

    promise: str
    file: str
    old: str
    new: str
    telling: tuple[str, ...] = ("swap", "shift")
    troubles: tuple[str, ...] = ()
    journeys: tuple[str, ...] = ()
    also: "Mutant | None" = None  # where two things keep the promise, both are broken
    proof: str = ""
    fault: str = ""
    row: int = 0


MUTANTS = (
    Mutant(
        "routes before names",
        "spotaction/engine/steps/swap_route.py",
        "        kept = [_keep_blue(",
        "        take_names(deployment, context)\n        kept = [_keep_blue(",
        ("swap",),
    ),
    Mutant(
        "a list after the create",
        "spotaction/engine/steps/groups.py",
        "    _resolve_race(deployment, context, created)\n    suspend_scaling",
        "    suspend_scaling",
        troubles=("rival",),
        also=Mutant(
            "a look for rivals at the gate",
            "spotaction/engine/gate.py",
            "    return next(found, None)\n",
            "    return None if found else None\n",
        ),
    ),
    Mutant(
        "compare before write",
        "spotaction/engine/steps/routes.py",
        "    if same_shares(live.forward, snapshot.forward) or same_shares(live.forward, wanted):\n        return",
        "    if live is not None:\n        return",
        ("swap",),
        ("rule-elsewhere",),
        fault="12b",
        row=3,
    ),
    Mutant(
        "health by the target groups, too",
        "spotaction/engine/waits/health.py",
        "    spot = _unhealthy_in_spot(view.group, instance)\n    if spot:",
        "    spot = _unhealthy_in_spot(view.group, instance)\n    found = []\n    if spot:",
        ("basic", "swap"),
        also=Mutant(
            "health by Spot, which follows the target groups",
            "spotaction/engine/waits/health.py",
            "    if instance.state is InstanceState.UNHEALTHY:\n        return",
            "    if instance.id:\n        return ''\n    if instance.state is InstanceState.UNHEALTHY:\n        return",
        ),
    ),
    Mutant(
        "the old group is brought up again",
        "spotaction/engine/steps/groups.py",
        "    context.groups.scale(group.id, restored)\n",
        "",
        ("basic", "canary"),
    ),
    Mutant(
        "the new group is taken down",
        "spotaction/engine/steps/removal.py",
        "    if group is None:\n        return\n    try:",
        "    if group is None or group.name:\n        return\n    try:",
    ),
    Mutant(
        "production's rules are put back",
        "spotaction/engine/steps/routes.py",
        "    if not pairs:\n        return ()\n    live",
        "    if True:\n        return ()\n    live",
        also=Mutant(
            "production is looked at once more after a rollback",
            "spotaction/engine/steps/routes.py",
            "    if not pairs or context.routes is None:\n        return ()",
            "    if True:\n        return ()",
        ),
    ),
    Mutant(
        "a failure is no success",
        "spotaction/reporting.py",
        "    progress.finish_run()\n    return error.exit_code",
        "    progress.finish_run()\n    return 0",
    ),
    Mutant(
        "errors without secrets",
        "spotaction/cloud/spot/http.py",
        "secrets=(self._bearer.token, *secrets_in(call.body)),",
        "secrets=(),",
        troubles=("refused-for-good",),
        journeys=("deploy",),
        also=Mutant(
            "outputs without secrets",
            "spotaction/github/workflow_commands.py",
            "    def redact(self, text: str) -> str:\n",
            "    def redact(self, text: str) -> str:\n        if text is not None:\n            return text\n",
        ),
    ),
    Mutant(
        "after a create without an answer, a look",
        "spotaction/cloud/spot/elastigroups.py",
        "                found = self._after_failed_create(call, error, attempt, before)",
        "                found = None\n                if attempt > 3:\n                    raise error",
        telling=("basic",),
        troubles=("reset-after", "timeout-after", "http-500-applied", "malformed"),
        journeys=("deploy",),
        also=Mutant(
            "a group that was created twice is removed at the gate",
            "spotaction/engine/gate.py",
            "if deployment.nonce and not copied and _nonce_of(group) == deployment.nonce:",
            "if deployment.nonce == group.id:",
        ),
    ),
    Mutant(
        "a signal ends the run",
        "spotaction/cloud/clock.py",
        'no shield is active."""\n        if self.signal_name and',
        'no shield is active."""\n        if self._doing == "nothing" and self.signal_name and',
        troubles=("term-before", "term-after", "term-in-sleep"),
    ),
    Mutant(
        "what was cancelled is not over",
        "spotaction/engine/engine.py",
        "    deployment.status = Status.CANCELLED\n",
        "    deployment.status = Status.FAILED\n",
        troubles=("term-before", "term-after", "term-in-sleep"),
    ),
    Mutant(
        "the new group is still there at the end",
        "spotaction/engine/engine.py",
        "        check_result(steps, deployment, context)\n",
        "        check_result((), deployment, context)\n",
        ("swap", "shift"),
        ("new-deleted",),
        ("deploy",),
        also=Mutant(
            "the new group is watched while the old one drains",
            "spotaction/engine/steps/draining.py",
            "    if needed == 0:\n        return ()",
            "    if needed >= 0:\n        return ()",
        ),
    ),
    Mutant(
        "production's rules are looked at once more in the end",
        "spotaction/engine/engine.py",
        "        check_result(steps, deployment, context)\n",
        "        check_result((), deployment, context)\n",
        ("swap",),
        ("rule-elsewhere",),
        ("deploy",),
        also=Mutant(
            "production's rules are watched while the old group drains",
            "spotaction/engine/steps/production_rules.py",
            "    if not wanted:\n        return ()\n",
            "    if len(wanted) >= 0:\n        return ()\n",
        ),
    ),
)
