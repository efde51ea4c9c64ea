"""The deployment with one promise broken at a time: a change of the source, or a safety rule left out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """`old` stands in the file exactly once; `telling` and `troubles` are the strategies and faults that show it."""

    promise: str
    file: str
    old: str
    new: str
    telling: tuple[str, ...] = ("swap", "shift")
    troubles: tuple[str, ...] = ()
    journeys: tuple[str, ...] = ()
    also: "Mutant | None" = None  # where two things keep the promise, both are broken


MUTANTS = (
    Mutant(
        "routes before names",
        "spotaction/steps/swap_route.py",
        "        kept = [_keep_blue(",
        "        take_names(deployment, world)\n        kept = [_keep_blue(",
        ("swap",),
    ),
    Mutant(
        "production's rule before the stage's",
        "spotaction/steps/swap_route.py",
        "for now, (_, wanted) in zip(live, (*prods, *stages), strict=True):\n            change",
        "for now, (_, wanted) in reversed(list(zip(live, (*prods, *stages), strict=True))):\n            change",
        ("swap",),
    ),
    Mutant(
        "a list after the create",
        "spotaction/steps/groups.py",
        "    _yield_to_others(deployment, world, created, known)\n    _suspend",
        "    _suspend",
        troubles=("rival",),
    ),
    Mutant(
        "compare before write",
        "spotaction/steps/routes.py",
        "    if same(live.forward, snapshot.forward) or same(live.forward, wanted):\n        return",
        "    if live is not None:\n        return",
        ("swap",),
        ("rule-elsewhere",),
    ),
    Mutant(
        "health by the target groups, too",
        "spotaction/health.py",
        "    spot = _spot_says(view.group, instance)\n    if spot:",
        "    spot = _spot_says(view.group, instance)\n    found = []\n    if spot:",
        ("basic", "swap"),
    ),
    Mutant(
        "the old group is brought up again",
        "spotaction/steps/groups.py",
        "    world.groups.scale(group.id, back)\n",
        "",
        ("basic", "canary"),
    ),
    Mutant(
        "the new group is taken down",
        "spotaction/steps/removal.py",
        "    if group is None:\n        return\n    try:",
        "    if group is None or group.name:\n        return\n    try:",
    ),
    Mutant(
        "production's rules are put back",
        "spotaction/steps/routes.py",
        "    if not pairs:\n        return ()\n    live",
        "    if True:\n        return ()\n    live",
        also=Mutant(
            "production is looked at once more after a rollback",
            "spotaction/steps/routes.py",
            "    if not pairs or world.routes is None:\n        return ()",
            "    if True:\n        return ()",
        ),
    ),
    Mutant(
        "a failure is no success",
        "spotaction/ending.py",
        "    progress.end()\n    return error.exit_code",
        "    progress.end()\n    return 0",
    ),
    Mutant(
        "errors without secrets",
        "spotaction/adapters/spot_http.py",
        "secrets=(self._bearer.token, *secrets_in(call.body)),",
        "secrets=(),",
        troubles=("refused-for-good",),
        journeys=("deploy",),
        also=Mutant(
            "outputs without secrets",
            "spotaction/workflow/commands.py",
            "    def redact(self, text: str) -> str:\n",
            "    def redact(self, text: str) -> str:\n        if text is not None:\n            return text\n",
        ),
    ),
    Mutant(
        "after a create without an answer, a look",
        "spotaction/adapters/spot.py",
        "                found = self._after_failed_create(call, error, attempt, since)",
        "                found = None\n                if attempt > 3:\n                    raise error",
        telling=("basic",),
        troubles=("reset-after", "timeout-after", "http-500-applied", "malformed"),
        journeys=("deploy",),
    ),
    Mutant(
        "a signal ends the run",
        "spotaction/adapters/clock.py",
        'nothing shields us."""\n        if self.signal_name and',
        'nothing shields us."""\n        if self._doing == "nothing" and self.signal_name and',
        troubles=("term-before", "term-after", "term-in-sleep"),
    ),
    Mutant(
        "the new group is still there at the end",
        "spotaction/engine.py",
        "        check_result(steps, deployment, world)\n",
        "        check_result((), deployment, world)\n",
        ("swap", "shift"),
        ("new-deleted",),
        ("deploy",),
        also=Mutant(
            "the new group is watched while the old one drains",
            "spotaction/steps/draining.py",
            "    if needed == 0:\n        return ()",
            "    if needed >= 0:\n        return ()",
        ),
    ),
    Mutant(
        "production's rules are looked at once more in the end",
        "spotaction/engine.py",
        "        check_result(steps, deployment, world)\n",
        "        check_result((), deployment, world)\n",
        ("swap",),
        ("rule-elsewhere",),
        ("deploy",),
        also=Mutant(
            "production's rules are watched while the old group drains",
            "spotaction/steps/production_rules.py",
            "    if not wanted:\n        return ()\n",
            "    if len(wanted) >= 0:\n        return ()\n",
        ),
    ),
)
