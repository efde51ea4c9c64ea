# ruff: noqa: E501 - a row of a table is one line

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spotaction.github.headline import MARKS, SENTENCES
from spotaction.github.history import Span, Stamped
from spotaction.github.markdown import SUMMARY_BYTES
from spotaction.github.report import RunReport
from spotaction.github.summary.gantt import gantt_chart
from spotaction.github.summary.render import render_summary
from spotaction.model.deployment import Deployment, GroupRef, Snapshot, Status
from spotaction.model.errors import Problem, SourceLocation
from spotaction.model.events import (
    Event,
    GroupCreated,
    GroupScaled,
    ManualActionNeeded,
    Note,
    StepFinished,
    StepStarted,
    WaitProgress,
)
from spotaction.model.resources import AppName, Capacity, GroupId, Image, ImageId, Instance, InstanceId, InstanceState
from tests.support.github_markdown import FOREIGN, GITHUB, LINKING, flat, kinds, plain_texts
from tests.support.stories import CAPACITY, NEW, OLD, deployment, observed, rollback, stamped, success

# The machine may be busy: how long one example takes says nothing.
patient = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))

INSTANCES = (
    Instance(InstanceId("i-1"), InstanceState.HEALTHY, "us-east-1a", "m5.large", "SPOT", "fulfilled"),
    Instance(None, InstanceState.UNKNOWN, "us-east-1b"),
)

SUCCESS = """\
## ✅ web (prod): ami-0b deployed (canary) in 3m 52s

| Group | AMI | Min/target/max | Healthy | Least in service |
| --- | --- | --- | --- | --- |
| 🟩 new [web\\_\\_4](https://console.spotinst.com/#/aws/ec2/elastigroup/view/sig-0b) `sig-0b` | [ami-0b](https://us-east-1.console.aws.amazon.com/ec2/home?region=us-east-1#ImageDetails:imageId=ami-0b) `web-2026.11.23` | 1/2/4 | [2 of 2](https://us-east-1.console.aws.amazon.com/ec2/home?region=us-east-1#Instances:tag:spotinst:aws:ec2:group:id=sig-0b) at 00:01:52 | 2 of 2 required |
| 🟦 old [web\\_\\_3](https://console.spotinst.com/#/aws/ec2/elastigroup/view/sig-0a) `sig-0a` | [ami-0a](https://us-east-1.console.aws.amazon.com/ec2/home?region=us-east-1#ImageDetails:imageId=ami-0a) | 1/2/4 | not read |  |

| Route | Before | Now |
| --- | --- | --- |
| web-alb:443 default rule | blue-tg 100% | green-tg 100% |

canary · 2026-11-28 23:58:00 to 00:01:52 UTC (3m 52s) · started by octocat · [run 42, attempt 1](https://github.com/acme/shop/actions/runs/42)

### Healthy instances

🟩 new group, 🟦 old group, gray: both. Where a group was not read, its target is drawn.

```mermaid
---
config:
  xyChart:
    width: 900
    height: 300
  themeVariables:
    xyChart:
      backgroundColor: transparent
      plotColorPalette: "#8c959f, #218bff, #2da44e"
---
xychart-beta
    x-axis "minutes since the start" 0 --> 3.88
    y-axis "Healthy instances" 0 --> 7.2
    line [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4]
    line [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    line [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]
```

### Checks

| Check | Result | At (UTC) |
| --- | --- | --- |
| ✅ alarm errors | OK | 00:01:51 |

### Steps

```mermaid
---
config:
  gantt:
    barHeight: 26
    barGap: 6
    fontSize: 14
    sectionFontSize: 14
    leftPadding: 90
---
gantt
    dateFormat YYYY-MM-DD HH:mm:ss
    axisFormat %M:%S
    section Deploy
    1 setup :done, 2000-01-01 00:00:00, 2s
    2 canary-deploy-1 :done, 2000-01-01 00:00:02, 140s
    3 deploy :done, 2000-01-01 00:02:22, 91s
```

| # | Step | Started (UTC) | Took |
| --- | --- | --- | --- |
| 1 | ✅ setup | 23:58:00 | 1.5s |
| 2 | ✅ canary-deploy-1 | 23:58:01 | 2m&nbsp;20s |
| 3 | ✅ deploy | 00:00:21 | 1m&nbsp;31s |

<details><summary>Instances (2)</summary>

| Instance | State | Zone | Type | Life cycle | Request |
| --- | --- | --- | --- | --- | --- |
| `i-1` | HEALTHY | us-east-1a | m5.large | SPOT | fulfilled |
|  | UNKNOWN | us-east-1b |  |  |  |

</details>

<details><summary>Events (14, times in UTC)</summary>

```
23:58:00  setup started
23:58:01  Elastigroup web__4 (sig-0b): created from ami-0b
23:58:01  setup finished in 1.5s
23:58:01  canary-deploy-1 started
23:58:01  Elastigroup web__4 (sig-0b): capacity 0/0/0 → 1/1/1
23:59:01  web__4 steady: 0 of 1, i-1 is initial (1m 00s so far, 19m 00s left)
00:00:01  web__4 steady: still 0 of 1, i-1 is initial (2m 00s so far, 18m 00s left)
00:00:21  web__4 steady: done after 2m 20s (9 polls): 1 healthy
00:00:21  canary-deploy-1 finished in 2m 20s
00:00:21  deploy started
00:00:21  Elastigroup web__4 (sig-0b): capacity 1/1/1 → 1/2/4
00:01:51  web__4 steady: done after 1m 30s (6 polls): 2 healthy
00:01:51  web-alb:443 default rule: blue-tg 100% → green-tg 100%
00:01:52  deploy finished in 1m 31s
```

</details>
"""

ROLLBACK = """\
## ❌ web (prod): rollback of ami-0b is incomplete; manual action needed

- **Failed:** web\\_\\_4 never got healthy
- **Since:** 20m 01s after the start
- **Production:** was not changed
- **Serving now:** web\\_\\_3 (sig-0a, ami-0a)
- **Next:** finish the rollback

### Manual action needed

- **web\\_\\_4 (sig-0b)**: Spot answered 500
- **a group of yesterday**: left by an earlier run

To fix (web\\_\\_4 (sig-0b)):

```
delete it in Spot's console
```

| Group | AMI | Min/target/max |
| --- | --- | --- |
| 🟩 new [web\\_\\_4](https://console.spotinst.com/#/aws/ec2/elastigroup/view/sig-0b) `sig-0b` | ami-0b `web-2026.11.23` | 0/0/0 |
| 🟦 old [web\\_\\_3](https://console.spotinst.com/#/aws/ec2/elastigroup/view/sig-0a) `sig-0a` | ami-0a | 1/2/4 |

canary · 20m 04s · [run 42, attempt 1](https://github.com/acme/shop/actions/runs/42)

### Steps

```mermaid
---
config:
  gantt:
    barHeight: 26
    barGap: 6
    fontSize: 14
    sectionFontSize: 14
    leftPadding: 90
---
gantt
    dateFormat YYYY-MM-DD HH:mm:ss
    axisFormat %M:%S
    section Deploy
    1 setup :done, 2000-01-01 00:00:00, 1s
    2 deploy :crit, 2000-01-01 00:00:01, 1200s
    section Rollback
    3 deploy :done, 2000-01-01 00:20:01, 2s
    4 setup :done, 2000-01-01 00:20:03, 1s
```

| # | Step | Started | Took | Detail |
| --- | --- | --- | --- | --- |
| 1 | ✅ setup | 0s | 1s |  |
| 2 | ❌ deploy | 1s | 20m&nbsp;00s | web\\_\\_4 never got healthy |
| 3 | ↩️ Rollback of deploy | 20m 01s | 2s |  |
| 4 | ↩️ Rollback of setup | 20m 03s | 1s |  |

<details><summary>Events (15)</summary>

```
      0s  setup started
      1s  Elastigroup web__4 (sig-0b): created from ami-0b
      1s  setup finished in 1s
      1s  deploy started
      1s  Elastigroup web__4 (sig-0b): capacity 0/0/0 → 1/2/4
      2s  warning: Spot says: ::error::no | capacity in us-east-1a @octocat
 20m 01s  web__4 steady: failed after 20m 00s (70 polls): time ran out: i-1 is unhealthy
 20m 01s  deploy failed after 20m 00s: web__4 never got healthy
 20m 01s  Rolling back.
 20m 01s  Rollback of deploy started
 20m 03s  Elastigroup web__4 (sig-0b): capacity 1/2/4 → 0/0/0
 20m 03s  Rollback of deploy finished in 2s
 20m 03s  Rollback of setup started
 20m 04s  manual action needed: web__4 (sig-0b): Spot answered 500; next: delete it in Spot's console
 20m 04s  Rollback of setup finished in 1s
```

</details>
"""

INVALID = """\
## ❌ spotaction: 2 problems found; nothing was changed

1. **Give it.** `service.spec` is missing<br>`service.yaml:3:7`
2. **Write 10m.** '10' has no unit<br>`timeout`
"""

PLANNED = """\
## 📝 web: 2 changes planned; nothing was changed

### Changes

1. Create Elastigroup web\\_\\_4 from ami-0b
2. Scale web\\_\\_3 from 1/2/4 to 0/0/0 (minimum/target/maximum)

### Group configuration

````diff
-a
+```
````
"""


def test_the_summary_of_a_success() -> None:
    report = RunReport(
        Status.DEPLOYED,
        environment="prod",
        deployment=deployment(),
        previous_image="ami-0a",
        region="us-east-1",
        actor="octocat",
        started=datetime(2026, 11, 28, 23, 58, tzinfo=UTC),
        seconds=232.5,
        events=stamped(success()),
        observations=observed(),
        instances=INSTANCES,
    )
    assert render_summary(report) == SUCCESS


def test_the_summary_of_a_rollback_that_left_something_behind() -> None:
    record = deployment()
    record.rollback_failures = ["web__4 (sig-0b)", "a group of yesterday"]
    report = RunReport(
        Status.ROLLBACK_INCOMPLETE,
        environment="prod",
        deployment=record,
        previous_image="ami-0a",
        reason="web__4 never got healthy",
        next_step="finish the rollback",
        seconds=1204.0,
        events=stamped(rollback()),
    )
    assert render_summary(report) == ROLLBACK


def test_a_command_to_run_by_hand_is_whole_and_as_it_is_to_be_typed() -> None:
    command = f"""aws elbv2 modify-rule --rule-arn arn:aws:1 --actions '[{{"Order": "{"x" * 900}"}}]'; rename a|b"""
    events = (Stamped(0.0, ManualActionNeeded("swap-route was not rolled back", "no", command)),)
    report = RunReport(Status.ROLLBACK_INCOMPLETE, deployment=deployment(), events=events)
    assert f"\n```\n{command}\n```\n" in render_summary(report)


def test_the_summary_of_invalid_inputs_points_at_every_problem() -> None:
    problems = (
        Problem("is missing", "service.spec", SourceLocation("deploy/service.yaml", 3, 7), "give it"),
        Problem("'10' has no unit", "timeout", hint="write 10m"),
    )
    assert render_summary(RunReport(Status.INVALID, problems=problems)) == INVALID


def test_the_summary_of_a_plan_numbers_its_changes() -> None:
    changes = (GroupCreated(NEW, "web__4", "ami-0b"), GroupScaled(OLD, "web__3", CAPACITY, Capacity.fixed(0)))
    assert (
        render_summary(RunReport(Status.PLANNED, operation="plan", app="web", changes=changes, diff="-a\n+```"))
        == PLANNED
    )


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (Status.RUNNING, "## ⏳ web (prod): ami-0b is being deployed (canary): deploy"),
        (Status.DEPLOYED, "## ✅ web (prod): ami-0b deployed (canary) in 1m 01s"),
        (Status.UNCHANGED, "## ✅ web (prod): ami-0b is already deployed; nothing was changed"),
        (
            Status.STOPPED,
            "## ⏸️ web (prod): deployment of ami-0b stopped after canary-deploy-1; waiting for continue or rollback",
        ),
        (Status.ROLLED_BACK, "## ↩️ web (prod): ami-0b failed and was rolled back in 1m 01s; web\\_\\_3 is serving"),
        (
            Status.ROLLBACK_INCOMPLETE,
            "## ❌ web (prod): rollback of ami-0b is incomplete; manual action needed",
        ),
        (Status.FAILED, "## ❌ web (prod): deployment of ami-0b failed (canary) after 1m 01s"),
        (Status.REFUSED, "## ⛔ web (prod): deploy refused; nothing was changed"),
        (Status.CANCELLED, "## 🛑 web (prod): deployment of ami-0b was cancelled after 1m 01s"),
        (Status.PLANNED, "## 📝 web (prod): no changes planned; nothing was changed"),
        (Status.VALID, "## ✅ web (prod): inputs and documents are valid"),
        (Status.INVALID, "## ❌ web (prod): no problems found; nothing was changed"),
    ],
)
def test_the_first_line_is_the_verdict(status: Status, line: str) -> None:
    events = (Stamped(0.0, StepStarted("deploy")),)
    report = RunReport(
        status, environment="prod", deployment=deployment(), until="canary-deploy-1", seconds=61.0, events=events
    )
    assert render_summary(report).splitlines()[0] == line


@pytest.mark.parametrize("operation", ["plan", "deploy"])
def test_what_failed_before_there_was_a_deployment_is_the_operation(operation: str) -> None:
    report = RunReport(Status.FAILED, operation=operation, app="web", seconds=1.2)
    assert render_summary(report).splitlines()[0] == f"## ❌ web: {operation} failed after 1.2s"


def test_a_rollback_that_was_asked_for_is_no_failure() -> None:
    report = RunReport(Status.ROLLED_BACK, operation="rollback", deployment=deployment())
    assert render_summary(report).splitlines()[0] == "## ↩️ web: rolled back; web\\_\\_3 is serving"


def test_a_rollback_of_what_had_not_changed_production_does_not_say_what_serves() -> None:
    """Another run may have replaced the old group meanwhile."""
    report = RunReport(Status.ROLLED_BACK, operation="rollback", deployment=replace(deployment(), gate_passed_by=""))
    assert render_summary(report).splitlines()[0] == "## ↩️ web: rolled back; production was not changed"


def test_every_status_has_a_verdict() -> None:
    assert set(MARKS) == set(SENTENCES) == set(Status)


def test_a_run_that_died_early_has_a_summary_all_the_same() -> None:
    assert render_summary(RunReport(Status.REFUSED, reason="No such role.")) == (
        "## ⛔ spotaction: deploy refused; nothing was changed\n\n- **Refused:** No such role.\n"
    )


def test_a_first_deployment_has_nothing_before_it() -> None:
    record = deployment()
    record.snapshot = Snapshot()
    lines = render_summary(RunReport(Status.RUNNING, deployment=record)).splitlines()
    assert [line.partition(" [")[0] for line in lines if line.startswith(("| 🟩", "| 🟦"))] == ["| 🟩 new"]


def test_a_step_that_runs_tells_what_it_waits_for() -> None:
    events = (
        Stamped(0.0, StepStarted("deploy")),
        Stamped(30.0, WaitProgress("steady", "i-1 is initial", 1, 2, 30.0, 90.0)),
        Stamped(31.0, StepFinished("swap-route", 0.0, skipped="nothing to swap")),
    )
    lines = render_summary(RunReport(Status.RUNNING, deployment=deployment(), events=events)).splitlines()
    waiting = "steady: 1 of 2, i-1 is initial (30s so far, 1m 30s left)"
    assert f"| 1 | ⏳ deploy | 0s | 31s | {waiting} |" in lines
    assert "| 2 | ⏭️ swap-route |  |  | nothing to swap |" in lines
    assert "    1 deploy :active, 2000-01-01 00:00:00, 31s" in lines


def test_a_chart_of_nothing_is_nothing() -> None:
    assert gantt_chart((), 0.0) == ""


def crowd(text: str, count: int) -> RunReport:
    """Everything in a report that may be foreign."""
    record = Deployment(
        app=AppName(text),
        strategy=text,
        run=replace(deployment().run, id="1", attempt=text),
        image=Image(ImageId(text), text),
        snapshot=Snapshot(old=GroupRef(GroupId(text), text, CAPACITY)),
        new=GroupRef(GroupId(text), text, CAPACITY),
        rollback_failures=[text] * count,
    )
    events: list[Event] = [
        StepStarted(text),
        Note(text),
        GroupCreated(GroupId(text), text, text),
        ManualActionNeeded(text, text, text),
        StepFinished(text, 1.0, error=text),
    ]
    return RunReport(
        Status.FAILED,
        operation=text,
        app=text,
        environment=text,
        deployment=record,
        previous_image=text,
        actor=text,
        reason=text,
        next_step=text,
        until=text,
        events=[Stamped(float(n), event) for n in range(count) for event in events],
        instances=[Instance(InstanceId(text), InstanceState.HEALTHY, text, text, text, text)] * count,
        changes=[GroupScaled(GroupId(text), text, CAPACITY, CAPACITY)] * count,
        diff=text,
        problems=[Problem(text, text, SourceLocation(text or "f"), text)] * count,
    )


@patient
@given(FOREIGN)
def test_no_foreign_text_changes_the_shape_of_a_summary(text: str) -> None:
    # A name becomes a code span or not, an empty text a missing line: neither is a shape.
    loose = ("code_inline", "softbreak")
    plain = [kind for kind in kinds(render_summary(crowd("x", 2))) if kind not in loose]
    assert [kind for kind in kinds(render_summary(crowd(f"x{text}", 2))) if kind not in loose] == plain


@patient
@given(FOREIGN)
def test_no_foreign_text_links_anywhere(text: str) -> None:
    markdown = render_summary(crowd(f"x{text}", 1))
    hosts = ("https://console.spotinst.com/", "https://github.com/acme/shop/")
    tokens = flat(GITHUB.parse(markdown))
    links = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
    assert all(address.startswith(hosts) for address in links)
    assert not LINKING.search(plain_texts(markdown))


@pytest.mark.parametrize("text", ["x", "|" * 5_000, "```\n" * 2_000, "é" * 20_000])
def test_a_summary_of_any_size_is_one_that_github_takes(text: str) -> None:
    markdown = render_summary(crowd(text, 2_000))
    assert len(markdown.encode()) <= SUMMARY_BYTES
    assert markdown.count("<details>") == markdown.count("</details>")


@patient
@given(st.text(max_size=40))
def test_a_label_of_the_chart_is_one_that_mermaid_takes_for_text(step: str) -> None:
    chart = gantt_chart([Span(step, rolling_back=False, started=0.0, ended=2.0)], 10.0).splitlines()
    task, end = chart[-2:]
    assert (len(chart), end) == (16, "```")
    assert task.count(":") == 3
    assert not set("#;,:`{}[]<>\"'") & set(task.partition(" :done")[0])
