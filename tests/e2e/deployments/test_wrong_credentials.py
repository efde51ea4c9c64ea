"""Tokens and accounts that Spot does not take: the user's mistake, refused before anything is written."""

from pathlib import Path

import pytest

from tests.support.action import QUICK, Result, stand
from tests.support.runner_files import commands_in


def error(result: Result) -> str:
    (found,) = [command.data for command in commands_in(result.log) if command.name == "error"]
    return found


@pytest.mark.parametrize("operation", ["deploy", "plan", "continue", "rollback"])
@pytest.mark.parametrize(
    ("given", "message", "way"),
    [
        (("INPUT_SPOT-TOKEN", "not-it"), "Spot did not accept the token (HTTP 401", "check that the input spot-token"),
        (
            ("INPUT_SPOT-ACCOUNT-ID", "act-ffffffff"),
            "The Spot account was not found for this token (HTTP 400",
            "check the input spot-account-id",
        ),
    ],
)
def test_a_wrong_token_or_account_of_spot_is_refused(
    tmp_path: Path, operation: str, given: tuple[str, str], message: str, way: str
) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        result = box.run(operation=operation, environ=dict([given]))

        assert error(result).startswith(message), result.log
        assert f"Next: {way}" in error(result)
        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
