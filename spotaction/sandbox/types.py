"""The few types that the whole sandbox shares."""

from typing import Any, NewType, TypeAlias

#: A JSON object. The sandbox keeps documents as they came, because it answers with them.
JSON: TypeAlias = dict[str, Any]

#: An object of moto's, which carries no type hints.
Moto: TypeAlias = Any

GroupId = NewType("GroupId", str)
InstanceId = NewType("InstanceId", str)
TargetGroupArn = NewType("TargetGroupArn", str)
RuleArn = NewType("RuleArn", str)
