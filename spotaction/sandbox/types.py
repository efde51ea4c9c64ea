"""Types that the whole sandbox shares."""

from typing import Any, NewType, TypeAlias

#: A JSON object. The sandbox stores documents as received, because responses return them.
JSON: TypeAlias = dict[str, Any]

#: A moto object, which has no type hints.
Moto: TypeAlias = Any

GroupId = NewType("GroupId", str)
InstanceId = NewType("InstanceId", str)
TargetGroupArn = NewType("TargetGroupArn", str)
RuleArn = NewType("RuleArn", str)
