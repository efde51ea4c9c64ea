"""Reports of runs in which every name that a user or a cloud chooses tries to break Markdown or mermaid."""

from spotaction.github.history import Stamped
from spotaction.github.report import RunReport
from spotaction.model.deployment import Deployment, GroupRef, Run, Snapshot, Status
from spotaction.model.events import GroupCreated, StepFinished, StepStarted, WaitFinished
from spotaction.model.observations import Observations
from spotaction.model.resources import Alarm, AppName, Capacity, GroupId, Image, ImageId

HOSTILE = (
    "section Rollback",
    "done, crit",
    "title x; %%{init: {}}%%",
    "```\nx",
    "---",
    "click a call alert()",
    "<script>alert(1)</script>",
    "end #quot; a:b, 2s",
    "]] }} \"'",
    "vert",
    "🟩 日本語 \u202ex",
    "%% x",
    "x" * 300,
)


def hostile_report(text: str) -> RunReport:
    """Return a failed run whose app, groups, image, steps, alarms and reasons are all `text`."""
    old, new = GroupId("sig-old"), GroupId("sig-new")
    seen = Observations()
    for now in range(0, 60, 5):
        seen.note_health(new, float(now), now // 20, 2)
        seen.note_health(old, float(now), 2, 2)
    seen.note_alarms(50.0, [Alarm(text, "ALARM", text)])
    return RunReport(
        Status.FAILED,
        app=text,
        environment=text,
        deployment=Deployment(
            app=AppName(text),
            strategy=text,
            run=Run("1", "1", "acme/shop"),
            image=Image(ImageId(text), text),
            snapshot=Snapshot(GroupRef(old, text, Capacity.fixed(2))),
            new=GroupRef(new, text, Capacity.fixed(2)),
        ),
        reason=text,
        next_step=text,
        seconds=60.0,
        events=(
            Stamped(0.0, StepStarted(text)),
            Stamped(0.0, GroupCreated(new, text, text)),
            Stamped(30.0, StepFinished(text, 30.0)),
            Stamped(30.0, StepStarted(text)),
            Stamped(60.0, WaitFinished(f"bake of {text}", text, 30.0, 3, failed=True)),
            Stamped(60.0, StepFinished(text, 30.0, text)),
        ),
        observations=seen,
    )
