"""Checks that the listener rules and target groups of a setup are in the AWS account that the workflow names."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from spotaction.documents.accessors import value_at
from spotaction.documents.source import Document
from spotaction.documents.tree import Path, dotted_path
from spotaction.model.errors import Problem
from spotaction.model.resources import JsonValue, LoadBalancer

_ACCOUNT = re.compile(r"arn:[\w-]+:\w+:[\w-]*:(\d{12}):", re.ASCII)
_ROLE = "set role-to-assume to a role of that account, or correct the ARN"
_ALLOWED = "correct the ARN, or add the account"
_ONE = "a rule can only forward to target groups of its own account"


@dataclass(frozen=True)
class Account:
    """The AWS account as the inputs name it: the ARN of `role-to-assume`, and `allowed-account-ids`; or empty."""

    role: str = ""
    allowed: tuple[str, ...] = ()

    def find_wrong(self, balancers: Sequence[LoadBalancer]) -> Iterator[tuple[int, str, str, str]]:
        """Yield index of the load balancer, key, message and hint of each ARN in another account."""
        role, first = _account_of(self.role), ""
        for index, key, arn in _arns(balancers):
            account = _account_of(arn)
            first = first or account
            if role and account != role:
                yield index, key, f"is in account {account}, but role-to-assume is of account {role}", _ROLE
            elif self.allowed and account not in self.allowed:
                yield index, key, f"is in account {account}, which is not in allowed-account-ids", _ALLOWED
            elif account != first:
                yield index, key, f"is in account {account}, but the rule before it is in account {first}", _ONE


def input_account_problems(
    document: Document | None, balancers: Sequence[LoadBalancer], account: Account
) -> Iterator[Problem]:
    """Yield the problems of the input `load-balancers`, whose expressions are resolved."""
    for index, key, message, hint in account.find_wrong(balancers):
        assert document is not None
        path = arn_path((), index, key, lambda path: value_at(document.value, path))
        yield Problem(message, f"load-balancers{dotted_path(path)}", document.location_of(path), hint)


def arn_path(balancers: Path, index: int, key: str, value: Callable[[Path], JsonValue]) -> Path:
    """Return the path of an ARN below that of the load balancers; an entry may be wrapped in `{type, spec}`."""
    entry = (*balancers, index)
    return (*entry, "spec", key) if value((*entry, "spec")) is not None else (*entry, key)


def _arns(balancers: Sequence[LoadBalancer]) -> Iterator[tuple[int, str, str]]:
    for index, balancer in enumerate(balancers):
        for key, arn in (
            ("prodListenerRuleArn", balancer.prod_rule),
            ("stageListenerRuleArn", balancer.stage_rule),
            ("stageTargetGroupArn", balancer.stage_target_group),
        ):
            if arn and _account_of(arn):
                yield index, key, arn


def _account_of(arn: str) -> str:
    """The account in an ARN; that of a role has no region."""
    found = _ACCOUNT.match(arn)
    return found[1] if found else ""
