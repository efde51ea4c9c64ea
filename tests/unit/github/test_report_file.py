import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from spotaction.documents.source import check_document, parse_document
from spotaction.github.call_stats import CallStats
from spotaction.github.history import Stamped
from spotaction.github.report import RunReport
from spotaction.github.report_file import ReportFile, report_document
from spotaction.github.workflow_commands import WorkflowCommands
from spotaction.model.checks import RatePoint
from spotaction.model.deployment import Status
from spotaction.model.events import CheckFinished, CheckMeasured
from tests.support.action import Stand, stand

JSON = dict[str, Any]
BAD = {"behaviours": [{"image": "ami-0aaaaaaaaaaaaaaa2", "target": "never"}]}


def report_of(where: Stand, **inputs: str) -> JSON:
    """Run the action with a report in the stand's folder, and read that."""
    copy_documents(where.folder)
    given: JSON = {"report": "out/report.json", **inputs}
    result = where.run(environ={"GITHUB_WORKSPACE": str(where.folder)}, **given)
    assert result.outputs["report"] == "out/report.json"
    found: JSON = json.loads((where.folder / "out/report.json").read_text(encoding="utf-8"))
    assert found["status"] == result.outputs["status"]
    return found


def copy_documents(folder: Path) -> None:
    source = Path(__file__).parents[3] / "examples" / "deploy"
    for file in source.iterdir():
        target = folder / "examples" / "deploy" / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")


def problems(document: JSON) -> list[str]:
    found = [str(each) for each in check_document(parse_document(json.dumps(document), name="report"), "report")]
    if document["deployment"] is not None:
        record = parse_document(json.dumps(document["deployment"]), name="record")
        found += [str(each) for each in check_document(record, "deployment")]
    return found


@pytest.mark.parametrize(
    ("inputs", "changes", "status"),
    [
        ({}, {}, "deployed"),
        ({"operation": "plan"}, {}, "planned"),
        ({"operation": "validate"}, {}, "valid"),
        ({"instances": "many"}, {}, "invalid"),
        ({"artifact_version": "web-nowhere"}, {}, "refused"),
        ({"steady_state_timeout": "5m"}, BAD, "rolled-back"),
        ({"steady_state_timeout": "5m", "on_failure": "stop"}, BAD, "failed"),
        ({"until": "stage-setup"}, {}, "stopped"),
    ],
)
def test_every_outcome_leaves_a_report_in_the_shape_of_its_schema(
    inputs: dict[str, str], changes: JSON, status: str, tmp_path: Path
) -> None:
    with stand("blue-green", tmp_path, changes) as where:
        report = report_of(where, **inputs)
    assert (report["status"], problems(report)) == (status, [])


def test_a_report_tells_what_was_done_when_and_with_how_many_calls(tmp_path: Path) -> None:
    with stand("basic", tmp_path) as where:
        report = report_of(where)
        sent = [call for call in where.runs[0].calls if call["call"] != "AssumeRole"]
    assert [(step["name"], step["error"]) for step in report["steps"]] == [("setup", ""), ("deploy", "")]
    assert report["seconds"] == report["events"][-1]["at"] == sum(step["seconds"] for step in report["steps"])
    assert report["decisions"] == [
        {"at": 0.0, "text": text, "warning": False}
        for text in (
            "Image web-2026.11.23 (ami-0aaaaaaaaaaaaaaa2), created 2026-11-23T09:00:00.000Z.",
            "Capacity 2/3/6 (minimum/target/maximum) from the running group web_prod__7.",
        )
    ]
    assert report["calls"]["total"] == len(sent)
    assert report["calls"]["mutations"] == sum(call["mutation"] for call in sent) == 4
    assert report["calls"]["byName"]["POST /aws/ec2/group"]["calls"] == 1
    assert report["deployment"]["new"]["name"] == "web_prod__8"
    assert report["started"] == "2026-11-24T09:00:00+00:00"


def test_a_report_has_what_the_polls_saw_and_a_plan_saw_nothing(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path) as where:
        assert report_of(where, operation="plan")["health"] == []
        found = report_of(where)
    new = found["deployment"]["new"]["id"]
    seen = [(each["healthy"], each["required"]) for each in found["health"] if each["group"] == new]
    assert (seen[0], seen[-1]) == ((0, 3), (3, 3))
    assert all(0 <= each["at"] <= each["until"] <= found["seconds"] for each in found["health"])


def test_a_report_of_a_rollback_names_the_step_that_failed_and_those_that_were_undone(tmp_path: Path) -> None:
    with stand("basic", tmp_path, BAD) as where:
        report = report_of(where, steady_state_timeout="5m")
    assert [(step["name"], step["rollingBack"], bool(step["error"])) for step in report["steps"]] == [
        ("setup", False, False),
        ("deploy", False, True),
        ("setup", True, False),
    ]
    assert report["reason"].startswith("Timed out after 5m 00s. web_prod__8 steady: 0 of 3, ")
    assert report["nextStep"]
    assert report["leftUndone"] == []


def test_a_report_of_invalid_inputs_lists_every_problem_with_its_place(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path) as where:
        report = report_of(where, service="", instances="many", load_balancers="[{loadBalancer: a}, {loadBalancer: b}]")
    assert {problem["subject"] for problem in report["problems"]} >= {"service", "instances"}
    assert [problem["line"] for problem in report["problems"] if problem["file"] == "input load-balancers"] == [1, 1]
    assert (report["deployment"], report["calls"]["total"]) == (None, 0)


def test_a_report_holds_no_secret_even_one_that_json_would_write_differently(tmp_path: Path) -> None:
    secret = 'pass"word\\1'
    commands = WorkflowCommands({}, io.StringIO())
    commands.mask(secret)
    started = datetime(2026, 11, 24, 9, tzinfo=UTC)
    file = ReportFile("report.json", tmp_path, commands, CallStats(), started, "0.1.0")
    file(RunReport(Status.FAILED, reason=f"Spot said {secret}."))
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["reason"] == "Spot said ***."


@pytest.mark.parametrize("path", ["../report.json", "/etc/report.json", "linked/report.json", "examples"])
def test_a_report_may_not_leave_the_workspace(path: str, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    copy_documents(work)
    (work / "linked").symlink_to(tmp_path)
    with stand("basic", tmp_path) as where:
        result = where.run(report=path, environ={"GITHUB_WORKSPACE": str(work)})
    assert (result.code, result.outputs["status"], result.calls) == (2, "invalid", [])
    assert list(tmp_path.glob("report.json")) == []
    assert "report" not in result.outputs


def links(work: Path) -> None:
    """Other names of documents."""
    (work / "link.yaml").symlink_to("examples/deploy/service.yaml")
    (work / "hard.json").hardlink_to(work / "examples/deploy/elastigroup.json")
    (work / "deploy").symlink_to("examples/deploy")


@pytest.mark.parametrize(
    "path",
    [
        "examples/deploy/service.yaml",
        "./examples/../examples/deploy/infrastructure.yaml",
        "link.yaml",
        "hard.json",
        "deploy/startup.sh",
    ],
)
@pytest.mark.parametrize("instances", ["", "many"])
def test_a_report_never_takes_the_place_of_a_document(path: str, instances: str, tmp_path: Path) -> None:
    copy_documents(tmp_path)
    links(tmp_path)
    before = (tmp_path / path).read_bytes()
    with stand("basic", tmp_path) as where:
        result = where.run(report=path, instances=instances, environ={"GITHUB_WORKSPACE": str(tmp_path)})
    told = f"report: {path}: the file exists and is not a report of this action, so it is not overwritten"
    assert f"{told} (choose another path)" in result.log
    assert (result.code, result.outputs["status"], result.calls) == (2, "invalid", [])
    assert ((tmp_path / path).read_bytes(), "report" in result.outputs) == (before, False)


def test_a_report_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    with stand("basic", tmp_path) as where:
        first, second = report_of(where, operation="validate"), report_of(where)
    assert (first["status"], second["status"]) == ("valid", "deployed")


def test_a_report_that_cannot_be_written_does_not_spoil_the_deployment(tmp_path: Path) -> None:
    copy_documents(tmp_path)
    (tmp_path / "out").write_text("a file where a folder should be", encoding="utf-8")
    with stand("basic", tmp_path) as where:
        result = where.run(report="out/report.json", environ={"GITHUB_WORKSPACE": str(tmp_path)})
    assert (result.code, "report" in result.outputs) == (0, False)
    assert "::warning::The report out/report.json was not written: " in result.log


def test_a_report_has_each_measurement_of_a_check_with_all_digits_of_its_shares() -> None:
    start = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
    point = RatePoint(start, old=0.00012, new=0.00034)
    measured = CheckMeasured("rates", "compare errors", "shift-10", 2, "no data", "too few", "1.5", "2", (point,))
    finished = CheckFinished("rates", "compare errors", "shift-10", "inconclusive", "too few", 60.0, 2)
    report = RunReport(Status.STOPPED, events=[Stamped(1.0, measured), Stamped(2.0, finished)])
    document: JSON = dict(report_document(report, CallStats(), started=start, action="1"))
    assert problems(document) == []
    assert document["events"] == [
        {
            "at": 1.0,
            "type": "check-measured",
            "check": "rates",
            "way": "compare errors",
            "step": "shift-10",
            "attempt": 2,
            "outcome": "no data",
            "reason": "too few",
            "value": "1.5",
            "limit": "2",
            "points": [{"time": "2026-11-28T09:00:00+00:00", "old": 0.00012, "new": 0.00034}],
        },
        {
            "at": 2.0,
            "type": "check-ended",
            "check": "rates",
            "way": "compare errors",
            "step": "shift-10",
            "verdict": "inconclusive",
            "reason": "too few",
            "seconds": 60.0,
            "measurements": 2,
            "decides": True,
        },
    ]


def test_a_comparison_of_many_minutes_is_in_the_report_once_and_not_as_often_as_it_was_measured() -> None:
    start = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
    minutes = [RatePoint(start + timedelta(minutes=at), old=0.001, new=0.002) for at in range(3)]
    late = RatePoint(minutes[1].time, old=0.001, new=0.003)  # CloudWatch corrected it
    seen = [minutes[:1], minutes[:2], [minutes[0], late, minutes[2]], [minutes[0], late, minutes[2]]]
    events = [
        Stamped(
            float(at), CheckMeasured("rates", "compare errors", "shift-10", at, "waiting", "", points=tuple(points))
        )
        for at, points in enumerate(seen, start=1)
    ]
    events.append(
        Stamped(5.0, CheckMeasured("rates", "compare errors", "shift-50", 1, "waiting", "", points=tuple(minutes[:1])))
    )
    document: JSON = dict(
        report_document(RunReport(Status.STOPPED, events=events), CallStats(), started=start, action="1")
    )
    assert [[(point["time"][14:16], point["new"]) for point in event["points"]] for event in document["events"]] == [
        [("00", 0.002)],
        [("01", 0.002)],
        [("01", 0.003), ("02", 0.002)],
        [],
        [("00", 0.002)],
    ]


def test_calls_are_counted_by_name_with_their_failures() -> None:
    call_stats = CallStats()
    call_stats("GET", "/aws/ec2/group", 200, 0.5, False)  # noqa: FBT003 - the adapters' form
    call_stats("GET", "/aws/ec2/group", None, 0.25, False)  # noqa: FBT003
    call_stats("POST", "elbv2:ModifyRule", 400, 0.125, True)  # noqa: FBT003
    assert call_stats.as_json() == {
        "total": 3,
        "mutations": 1,
        "failed": 2,
        "byName": {
            "GET /aws/ec2/group": {"calls": 2, "failed": 1, "seconds": 0.75, "mutation": False},
            "elbv2:ModifyRule": {"calls": 1, "failed": 1, "seconds": 0.125, "mutation": True},
        },
    }
