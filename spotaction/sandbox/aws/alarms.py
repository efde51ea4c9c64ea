"""CloudWatch alarms that change state at a set time, or when a target group reaches a weight."""

from spotaction.sandbox.aws.load_balancers import LoadBalancers
from spotaction.sandbox.clock import Timeline
from spotaction.sandbox.scenario import Scenario
from spotaction.sandbox.types import JSON, Moto

_REASON = "Threshold Crossed: 1 datapoint was above the threshold."


class Alarms:
    """The account's alarms."""

    def __init__(self, cloudwatch: Moto, timeline: Timeline, balancers: LoadBalancers) -> None:
        self._cloudwatch = cloudwatch
        self._timeline = timeline
        self._balancers = balancers
        self._waiting: list[tuple[str, JSON]] = []

    def build(self, scenario: Scenario) -> None:
        """Create the alarms and schedule their changes."""
        for entry in scenario.alarms:
            self._build(entry)

    def change(self, name: str, state: str, reason: str | None = None) -> None:
        """Set an alarm's state."""
        if name not in self._cloudwatch.alarms:
            raise LookupError(f"Alarm {name!r} not found.")
        self._cloudwatch.set_alarm_state(name, reason or _REASON, None, state)

    def routes_changed(self) -> None:
        """Schedule the changes of alarms whose target group has reached the weight that they wait for."""
        for name, change in list(self._waiting):
            if self._reached(change["when"]):
                self._waiting.remove((name, change))
                self._plan(self._timeline.now + change.get("after", 0), name, change)

    def states(self) -> list[JSON]:
        """Return every alarm with its state and reason."""
        alarms = self._cloudwatch.alarms.values()
        return [{"name": a.name, "state": a.state_value, "reason": a.state_reason} for a in alarms]

    def _build(self, entry: JSON) -> None:
        self._cloudwatch.put_metric_alarm(
            name=entry["name"],
            namespace="AWS/ApplicationELB",
            metric_name="HTTPCode_Target_5XX_Count",
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=1,
            period=60,
            threshold=5.0,
            statistic="Sum",
            description="",
            dimensions=[],
            alarm_actions=[],
        )
        self.change(entry["name"], entry.get("state", "OK"), entry.get("reason"))
        for change in entry.get("changes", ()):
            if "at" in change:
                self._plan(self._timeline.start + change["at"], entry["name"], change)
            else:
                self._waiting.append((entry["name"], change))

    def _plan(self, moment: float, name: str, change: JSON) -> None:
        self._timeline.at(moment, lambda: self.change(name, change["state"], change.get("reason")))

    def _reached(self, when: JSON) -> bool:
        route = self._balancers.route(when["rule"])
        wanted: int = when["weight"]
        return dict(route.shares).get(self._balancers.arn(when["target-group"]), -1) >= wanted
