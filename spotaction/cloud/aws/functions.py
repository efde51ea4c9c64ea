"""Calls of Lambda functions, for checks."""

import re
from collections.abc import Callable

from spotaction.cloud.aws.session import AwsSession
from spotaction.cloud.idle import do_nothing
from spotaction.model.ports import FunctionAnswer, FunctionApi

LARGEST = 6 * 1024 * 1024  # bytes; Lambda's own limit for an answer
_ARN = re.compile(r"arn:[a-z-]+:lambda:(?P<region>[a-z0-9-]+):", re.ASCII)


class LambdaFunctions(FunctionApi):
    """Functions of the credentials' account in one region, and by ARN those of any.

    `on_idle` runs while one takes its time, and may raise to end the call.
    """

    def __init__(self, aws: AwsSession, on_idle: Callable[[], None] = do_nothing) -> None:
        self._aws = aws
        self._on_idle = on_idle

    def invoke(self, function: str, event: bytes, *, deadline: float) -> FunctionAnswer:
        found = _ARN.match(function)
        region = found["region"] if found else ""

        def send() -> FunctionAnswer:
            answer = self._aws.functions(region).invoke(
                FunctionName=function, InvocationType="RequestResponse", Payload=event
            )
            payload = answer["Payload"].read(LARGEST)
            if answer["Payload"].read(1):  # botocore notices only at the end that an answer was cut off
                raise ValueError(LARGEST)
            return FunctionAnswer(payload, answer.get("FunctionError", ""))

        return self._aws.call_once("lambda:Invoke", send, deadline, self._on_idle)
