"""The bad night: the runner died half-way, GitHub is down, and a person has a laptop, a token and the app's name."""

import json
from pathlib import Path

import pytest

from spotaction.cloud.clock import Cancellation
from tests.support.action import KILLED, QUICK, Stand, stand
from tests.support.command_line import SlowAnswer, type_command

ROLLBACK = ("rollback", "--app-name", "web_prod", "--allow", "take-over")
CAPACITY, RULE = "PUT /aws/ec2/group/{id}/capacity", "ModifyRule"
#: Where the runner dies, as the last call that takes effect.
DEATHS = [("basic", CAPACITY, 1), ("canary", CAPACITY, 3), ("shift", RULE, 1), ("shift", RULE, 2)]
_ALB = "arn:aws:elasticloadbalancing:us-east-1:111122223333"
_RULE = f"{_ALB}:listener-rule/app/web-alb/a1a1a1a1a1a1a1a1/1111111111111111/c1c1c1c1c1c1c1c1"
PRODUCTION = f"[{{loadBalancer: web-alb, prodListenerPort: 443, prodListenerRuleArn: '{_RULE}', "
#: What the deployments of the stand were given, as a person would have to write it.
SWAP = f"{PRODUCTION}stageListenerPort: 8443}}]"
SHIFT = f"{PRODUCTION}isTrafficShift: true, stageTargetGroupArn: '{_ALB}:targetgroup/web-green/e1e1e1e1e1e1e1e1'}}]"


def runner_dies(box: Stand, call: str, nth: int) -> None:
    box.sandbox.add_fault({"match": {"call": call, "nth": nth}, "effect": "kill"})
    result = box.run()
    assert result.code == KILLED, result.log


@pytest.mark.parametrize(("strategy", "call", "nth"), DEATHS)
def test_production_is_back_after_a_look_and_a_yes(strategy: str, call: str, nth: int, tmp_path: Path) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        before = box.picture()
        runner_dies(box, call, nth)
        told = type_command(box, *ROLLBACK, answers="y\n")
        assert (told.code, told.stderr) == (0, "Roll back web_prod as shown above? [y/N] "), told.stdout
        assert box.picture() == before
        assert told.stdout.splitlines()[-1].endswith(
            "web_prod__7 is serving" if strategy != "shift" else "web_prod is serving"
        )


def test_a_dry_run_shows_the_changes_and_makes_none(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        runner_dies(box, RULE, 2)
        during = box.picture()
        told = type_command(box, *ROLLBACK, "--dry-run")
        assert (told.code, told.mutations, box.picture()) == (0, [], during)
        shown = [line.strip() for line in told.stdout.splitlines() if line.startswith("  plan  ")]
        assert any("web-blue 50% + web-green 50% → web-blue 100% + web-green 0%" in line for line in shown)
        assert shown[-1] == "plan  web_prod: 4 changes planned; nothing was changed"


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "yess\n", "Y E S\n"])
def test_any_answer_but_yes_changes_nothing(answer: str, tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        runner_dies(box, CAPACITY, 2)
        told = type_command(box, *ROLLBACK, answers=answer)
        assert (told.code, told.mutations, told.stdout.splitlines()[-1]) == (3, [], "Nothing was changed.")


@pytest.mark.parametrize("answer", ["y\n", " YES \n"])
def test_yes_may_be_written_in_full(answer: str, tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        runner_dies(box, CAPACITY, 2)
        assert type_command(box, *ROLLBACK, answers=answer).code == 0


def test_without_a_terminal_it_refuses_before_any_call_and_names_the_way_out(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        runner_dies(box, RULE, 2)
        told = type_command(box, *ROLLBACK)
        line = (
            "error: `spotaction rollback` asks before its first write, and there is no terminal to ask on. Next: --yes "
            "rolls back without the question, --dry-run only shows what it would do.\n"
        )
        assert (told.code, told.stdout, told.calls) == (3, line, [])
        assert type_command(box, *ROLLBACK, "--yes").code == 0


def test_a_refusal_to_ask_is_also_in_the_report_and_the_outputs(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        (tmp_path / "out.env").write_text("SPOTACTION_OUTPUT_STATUS=deployed\n", encoding="utf-8")
        told = type_command(box, *ROLLBACK, "--json", "--outputs", str(tmp_path / "out.env"))
        report = json.loads(told.stdout)
        assert (told.code, report["status"], report["operation"]) == (3, "refused", "rollback")
        assert report["reason"].endswith("and there is no terminal to ask on.")
        assert (tmp_path / "out.env").read_text(encoding="utf-8") == "SPOTACTION_OUTPUT_STATUS=refused\n"


def test_a_run_that_may_be_alive_is_only_taken_over_with_the_flag_for_that(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        runner_dies(box, RULE, 2)
        told = type_command(box, "rollback", "--app-name", "web_prod", answers="y\n")
        assert (told.code, told.mutations, told.stderr) == (3, [], "")
        assert "https://github.com/example/web/actions/runs/4711" in told.stdout
        assert "if it is dead, --allow take-over takes over." in told.stdout


def test_nothing_to_roll_back_needs_no_answer(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        told = type_command(box, *ROLLBACK, answers="y\n")
        assert (told.code, told.stderr, told.mutations) == (0, "", [])
        assert "Nothing to roll back for web_prod: no marker shows a deployment." in told.stdout


def test_a_finished_deployment_is_rolled_back_by_its_name_alone(tmp_path: Path) -> None:
    with stand("shift", tmp_path, QUICK) as box:
        assert box.run(downsize_old="never").code == 0
        told = type_command(box, *ROLLBACK, answers="y\n")
        assert told.code == 0, told.stdout
        assert box.forwards["web-alb:443/10"] == {"web-blue": 100, "web-green": 0}
        assert box.capacities() == {"web_prod": "2/3/6"}


@pytest.mark.parametrize(
    ("strategy", "nth", "given"), [("blue-green", 1, SWAP), ("blue-green", 2, SWAP), ("shift", 3, SHIFT)]
)
def test_where_nobody_can_tell_which_rule_is_production_it_is_refused_with_every_reading(
    strategy: str, nth: int, given: str, tmp_path: Path
) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        before = box.picture()
        runner_dies(box, RULE if nth == 1 or strategy == "shift" else "ModifyListener", nth)
        during = box.picture()
        told = type_command(box, *ROLLBACK, answers="y\n")
        assert (told.code, told.mutations, box.picture()) == (3, [], during)
        assert "any of them may be production's: web-alb:443 rule c1c1c1c1c1c1c1c1 forwards to" in told.stdout
        assert "set --load-balancers as the deployment had it" in told.stdout
        assert f'"{given}"' in told.stdout
        told = type_command(box, *ROLLBACK, "--load-balancers", given, "--yes")
        assert (told.code, box.picture()) == (0, before), told.stdout


@pytest.mark.parametrize("more", [[], ["--rollback-to", "web_prod__7"]], ids=["last", "to-a-version"])
def test_a_yes_counts_only_for_the_group_that_was_shown(more: list[str], tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        assert box.run().code == 0

        def somebody_deploys() -> None:
            assert box.run(run_id="4712", instances="min=2,max=7,desired=3").code == 0

        asked = ["rollback", "--app-name", "web_prod", "--strategy", "basic", *more]
        told = type_command(box, *asked, answers=SlowAnswer(somebody_deploys))
        groups = box.groups()
        assert (told.code, told.stderr) == (3, "Roll back web_prod as shown above? [y/N] "), told.stdout
        assert (box.capacities()["web_prod__9"], box.capacities()["web_prod__8"]) == ("2/3/7", "0/0/0")
        assert (
            f"error: What was shown no longer holds: it was about {groups['web_prod__8']['id']}, but now web_prod__9 "
            f"({groups['web_prod__9']['id']}) of web_prod would be taken out of service."
        ) in told.stdout


def test_what_somebody_else_has_rolled_back_meanwhile_is_not_rolled_back_further(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        assert [box.run().code, box.run(run_id="4712", instances="min=2,max=7,desired=3").code] == [0, 0]
        other = ("rollback", "--app-name", "web_prod", "--yes")
        mine = other[:-1]
        told = type_command(box, *mine, answers=SlowAnswer(lambda: type_command(box, *other)))
        assert (told.code, box.capacities()["web_prod__8"]) == (0, "2/3/6")
        assert "web_prod__9" not in box.groups()
        assert told.stdout.splitlines()[-1].endswith("web_prod: nothing to roll back; nothing was changed")


def test_ctrl_c_at_the_question_changes_nothing(tmp_path: Path) -> None:
    with stand("canary", tmp_path, QUICK) as box:
        runner_dies(box, CAPACITY, 2)
        made: list[Cancellation] = []

        def new() -> Cancellation:
            interrupt = Cancellation()
            made.append(interrupt)
            if len(made) == 2:  # the first is the dry run's
                interrupt.request_cancel("SIGINT")
            return interrupt

        told = type_command(box, *ROLLBACK, answers="y\n", new_cancellation=new)
        assert (told.code, told.mutations, told.stdout.splitlines()[-1]) == (3, [], "Nothing was changed.")
