"""A short sweep of the adversary, and what its scripts promise: one seed draws, replays and judges the same."""

import itertools
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from spotaction.main import main
from spotaction.sandbox.action_transport import SPOT_URL
from spotaction.sandbox.faults import check_fault
from spotaction.wiring import Transport
from tests.support.action import ROOT

from .drawing import draw_script
from .events import EVENTS
from .playing import play
from .script import Event, Script, parse_script
from .shrinking import shrink
from .sweep import Result, scripts, try_script
from .table import document_row, table, write_rows

SEED = 2026
CANCELLED = 130
SHORT = 20


@pytest.mark.sampled(5)
@pytest.mark.parametrize("script", list(itertools.islice(scripts(SEED), SHORT)), ids=str)
def test_whatever_actors_late_reads_and_the_runner_do_every_promise_is_kept(script: Script) -> None:
    assert try_script(script).violations == (), script.command


def test_a_script_reads_back_from_its_text() -> None:
    events = (Event("lag-spot-get", amount=36.0), Event("kill", 4, 0.5), Event("point-rule", 0, 12.0, 2.0))
    script = Script("swap", 7, events)

    assert str(script) == "swap 7 lag-spot-get=36 kill@4+0.5 point-rule+12=2"
    assert parse_script(str(script)) == script
    assert script.command == f'python -m tests.robustness.adversary --replay "{script}"'


def test_what_is_no_event_is_not_taken_for_one() -> None:
    with pytest.raises(ValueError, match="'kill@x' is no event"):
        parse_script("swap 7 kill@x")


def test_every_seed_draws_a_script_that_reads_back() -> None:
    for seed in range(300):
        script = draw_script(seed)
        assert parse_script(str(script)) == script
        assert {event.name for event in script.events} <= EVENTS.keys()


def test_a_sweep_draws_every_hostility_of_the_runner_and_every_actor_dozens_of_times() -> None:
    drawn = [script.events for script in itertools.islice(scripts(SEED), 3200)]
    counts = Counter(dict.fromkeys(EVENTS, 0))
    for events in drawn:
        counts.update({event.name for event in events})
        signals = [event.write for event in events if event.name == "term"]
        counts["a clock that is off by a day"] += any(
            e.name in {"ahead", "behind"} and e.amount > 80_000 for e in events
        )
        counts["a kill between a write and its record"] += any(
            e.name == "kill" and e.write > 0 and e.delay == 0 for e in events
        )
        counts["two signals at one write"] += len(signals) > len(set(signals))

    assert {what: count for what, count in counts.items() if count < 40} == {}
    assert len(counts) == len(EVENTS) + 3


def test_the_table_says_what_was_played_and_its_row_goes_into_the_documentation(tmp_path: Path) -> None:
    kill, sick = Event("kill", 4), Event("sick", 2, amount=1.0)
    script = Script("swap", 7, (Event("lag-spot-get", amount=36.0), Event("ahead", amount=86_400.0), kill, sick))
    played = Result(script, "rolled-back", ("deploy", "post"), (kill, sick), 90, (), 0.4)
    calm = Result(Script("basic"), "deployed", ("deploy",), (), 30, ("(4) raised",), 0.2)
    page = tmp_path / "sandbox.md"
    page.write_text((ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8"), encoding="utf-8")

    text = table(5, [played, calm], 2.0)
    write_rows([document_row(5, [played, calm], 2.0)], page)

    lines = [" ".join(line.split()) for line in text.splitlines()]
    told = (
        "clock off by a day 2",
        "killed between a write and its record 2",
        "disk full 0",
        "two signals for one run 0",
    )
    assert [line for line in told if line not in lines] == []
    assert "3 runs of the action (2 with an actor, 2 with late reads), 120 calls, 1 scripts with violations" in text
    rows = page.read_text(encoding="utf-8").partition("| runs a second |\n")[2].partition("\n<!-- end of sim -->")[0]
    assert rows.splitlines()[1:] == ["| 5 | 2 | 3 | 67% | 67% | 120 | 1 | 2 | 1.5 |"]


def test_equal_scripts_leave_equal_evidence() -> None:
    script = parse_script(
        "shift 3 lag-spot-get=60 lag-elb-rules=30 rival@2+9 interrupt-new@5+2=1 term@6 then-rollback=60"
    )
    first, second = play(script), play(script)

    assert [run.log for run in first.runs] == [run.log for run in second.runs]
    assert first == second


def test_a_violation_that_is_planted_is_shrunk_to_the_events_that_it_needs() -> None:
    """An action that empties the old group whenever it is cancelled, in a script with a dozen events around that."""
    script = parse_script(
        "basic 5 lag-spot-get=36 lag-spot-list=18 lag-elb-rules=9 policy-out-old@1+9 describe-new@1+20 suspend-old@2"
        " answer-lost@1 ahead=3600 without-GITHUB_JOB term@2+9 term@2+9.4 spot-down@2+2=3 then-rollback=60"
    )
    violations = try_script(script, careless).violations
    assert violations[0].startswith("(1) production: PUT"), violations

    shortest = shrink(script, violations, careless)

    assert [event.name for event in shortest.events] == ["term"]
    assert try_script(shortest).violations == ()


def careless(environ: Mapping[str, str], *args: Any, transport: Transport, **more: Any) -> int:  # noqa: ANN401
    code = main(environ, *args, transport=transport, **more)
    if code == CANCELLED:
        http, token = transport.http, environ["INPUT_SPOT-TOKEN"]
        assert http is not None
        url, headers = f"{SPOT_URL}/aws/ec2/group", {"Authorization": f"Bearer {token}"}
        groups = http.get(url, headers=headers).json()["response"]["items"]
        (old,) = (group["id"] for group in groups if group["name"] == "web_prod__7")
        nothing = {"capacity": {"minimum": 0, "target": 0, "maximum": 0}}
        http.put(f"{url}/{old}/capacity", headers=headers, json=nothing)
    return code


def test_a_post_step_that_does_nothing_about_a_cancelled_run_is_noticed() -> None:
    """Of an action that calls a cancel a failure in its state, so that the post step believes that nothing is left."""
    script = parse_script("basic 5 term@2+9")

    (violation,) = try_script(script, forgetful).violations

    assert violation.startswith("(2) run 2 (post) nothing was done about the cancelled run 1, and yet changed: ")
    assert try_script(script).violations == ()


def forgetful(environ: Mapping[str, str], *args: Any, **more: Any) -> int:  # noqa: ANN401
    code = main(environ, *args, **more)
    if code == CANCELLED:
        state = Path(environ["GITHUB_STATE"])
        state.write_text(state.read_text(encoding="utf-8").replace("cancelled", "failed"), encoding="utf-8")
    return code


@pytest.mark.parametrize("name", [name for name, kind in EVENTS.items() if kind.fault])
def test_the_sandbox_takes_every_event(name: str) -> None:
    kind = EVENTS[name]
    assert kind.fault is not None
    for amount in kind.amounts:
        fault = kind.fault(amount)
        check_fault({**fault, "at": 1.0} if "action" in fault else fault)


def test_the_judge_shares_no_code_with_the_action() -> None:
    """In a process of its own, since here everything is loaded."""
    code = "import sys, tests.robustness.adversary.judge; print([m for m in sys.modules if m.startswith('spotaction')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603

    assert done.stdout == "[]\n"
