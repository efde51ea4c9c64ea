import io

from spotaction.github.log import LogSink
from spotaction.github.workflow_commands import WorkflowCommands
from spotaction.model.events import Note, StepStarted, WarningEvent
from tests.support.runner_files import Command, commands_in
from tests.support.stories import FakeClock, play, rollback, success

SUCCESS = """\
::group::setup
  0:01  Elastigroup web__4 (sig-0b): created from ami-0b
  0:01  https://console.spotinst.com/#/aws/ec2/elastigroup/view/sig-0b
  0:01  https://us-east-1.console.aws.amazon.com/ec2/home?region=us-east-1#Instances:tag:spotinst:aws:ec2:group:id=sig-0b
  0:01  setup finished in 1.5s
::endgroup::
::group::canary-deploy-1
  0:01  Elastigroup web__4 (sig-0b): capacity 0/0/0 → 1/1/1
  1:01  web__4 steady: 0 of 1, i-1 is initial (1m 00s so far, 19m 00s left)
  2:01  web__4 steady: still 0 of 1, i-1 is initial (2m 00s so far, 18m 00s left)
  2:21  web__4 steady: done after 2m 20s (9 polls): 1 healthy
  2:21  canary-deploy-1 finished in 2m 20s
::endgroup::
::group::deploy
  2:21  Elastigroup web__4 (sig-0b): capacity 1/1/1 → 1/2/4
  3:51  web__4 steady: done after 1m 30s (6 polls): 2 healthy
  3:51  web-alb:443 default rule: blue-tg 100% → green-tg 100%
  3:52  deploy finished in 1m 31s
::endgroup::
"""

ROLLBACK = """\
::group::setup
  0:01  Elastigroup web__4 (sig-0b): created from ami-0b
  0:01  https://console.spotinst.com/#/aws/ec2/elastigroup/view/sig-0b
  0:01  setup finished in 1s
::endgroup::
::group::deploy
  0:01  Elastigroup web__4 (sig-0b): capacity 0/0/0 → 1/2/4
::warning::Spot says: ::error::no | capacity in us-east-1a @octocat
 20:01  web__4 steady: failed after 20m 00s (70 polls): time ran out: i-1 is unhealthy
 20:01  deploy failed after 20m 00s: web__4 never got healthy
::endgroup::
 20:01  warning: Spot says: ::error::no | capacity in us-east-1a @octocat
 20:01  deploy failed after 20m 00s: web__4 never got healthy
 20:01  Rolling back.
::group::Rollback of deploy
 20:03  Elastigroup web__4 (sig-0b): capacity 1/2/4 → 0/0/0
 20:03  Rollback of deploy finished in 2s
::endgroup::
::group::Rollback of setup
::warning title=Manual action needed::web__4 (sig-0b): Spot answered 500; next: delete it in Spot's console
 20:04  Rollback of setup finished in 1s
::endgroup::
 20:04  manual action needed: web__4 (sig-0b): Spot answered 500; next: delete it in Spot's console
"""


def test_the_log_of_a_success() -> None:
    clock, log = FakeClock(), io.StringIO()
    play(success(), clock, LogSink(WorkflowCommands({}, log), clock, region="us-east-1"))
    assert log.getvalue() == SUCCESS


def test_the_log_of_a_rollback_repeats_below_the_group_what_went_wrong_inside() -> None:
    clock, log = FakeClock(), io.StringIO()
    play(rollback(), clock, LogSink(WorkflowCommands({}, log), clock))
    assert log.getvalue() == ROLLBACK


def test_a_deployment_that_ends_within_a_step_leaves_no_open_group() -> None:
    clock, log = FakeClock(), io.StringIO()
    sink = LogSink(WorkflowCommands({}, log), clock)
    play(iter([(0.0, StepStarted("deploy")), (61.0, WarningEvent("odd"))]), clock, sink)
    sink.close_groups()
    assert log.getvalue() == "::group::deploy\n::warning::odd\n::endgroup::\n  1:01  warning: odd\n"


def test_every_line_of_a_foreign_text_stands_behind_the_time() -> None:
    clock, log = FakeClock(), io.StringIO()
    LogSink(WorkflowCommands({}, log), clock)(Note("one\n::add-mask::two\n##[error]three"))
    assert log.getvalue() == "  0:00  one\n  0:00  ::add-mask::two\n  0:00  ## [error]three\n"
    assert commands_in(log.getvalue()) == list[Command]()
