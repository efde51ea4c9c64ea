from spotaction.github.history import Stamped
from spotaction.github.report import RunReport
from spotaction.github.summary.manual import render_manual_actions
from spotaction.model.deployment import Status
from spotaction.model.events import ManualActionNeeded


def test_ten_rules_with_one_reason_are_one_line_and_each_command_is_there() -> None:
    events = [
        Stamped(0.0, ManualActionNeeded(f"rule {n} was not restored", "AccessDenied", f"aws modify {n}"))
        for n in range(3)
    ]
    assert render_manual_actions(RunReport(Status.ROLLBACK_INCOMPLETE, events=events)) == (
        "### Manual action needed\n\n"
        "- **rule 0 was not restored; rule 1 was not restored; rule 2 was not restored** (3 times): AccessDenied\n"
        "\nTo fix (rule 0 was not restored):\n\n```\naws modify 0\n```\n"
        "\nTo fix (rule 1 was not restored):\n\n```\naws modify 1\n```\n"
        "\nTo fix (rule 2 was not restored):\n\n```\naws modify 2\n```\n"
    )
