"""The conditions of `when`: expressions whose value is true or false, inside `<+…>` or around it."""

import re

from spotaction.documents.expressions.lookups import BadExpressionError, Context
from spotaction.documents.expressions.parser import evaluate_condition

MAX_LENGTH = 4096

_COMPARISON = re.compile(r"==|!=|<=|>=|<(?!\+)|>")


def is_met(text: str, context: Context) -> bool:
    """Return whether a condition is met; both sides of && and || are always resolved, so that a typo does not hide.

    As in Harness, the whole condition may be inside one `<+…>`, where names need no brackets of their own. Raises
    `BadExpressionError` with the offset in `text`, and `DeferredError` for what a missing document would define.
    """
    if len(text) > MAX_LENGTH:
        raise BadExpressionError(f"the condition is longer than {MAX_LENGTH} characters")
    try:
        return evaluate_condition(text, context)
    except BadExpressionError as error:
        bare = text.strip()
        if not (bare.startswith("<+") and bare.endswith(">")):
            raise
        inner = " " * (text.index("<+") + 2) + bare[2:-1]
        try:
            return evaluate_condition(inner, context, bare_names=True)
        except BadExpressionError as inner_error:
            nearer = error if _COMPARISON.search(bare[2:-1]) is None else inner_error
            raise nearer from None
