from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spotaction.github.redaction import redact_value
from spotaction.model.deployment import Status


@dataclass(frozen=True)
class Told:
    text: str
    status: Status = Status.RUNNING
    several: Sequence[object] = ()
    named: Mapping[str, object] = field(default_factory=dict)
    inner: "Told | None" = None
    number: float | None = 1.5


def hide(text: str) -> str:
    return text.replace("pa_ss", "***")


def test_every_text_in_a_value_loses_its_secrets_and_nothing_else_changes() -> None:
    told = Told(
        "is pa_ss",
        Status.FAILED,
        ("pa_ss", ["pa_ss", 1, None]),
        {"a": "pa_ss", "b": {"c": ("pa_ss",)}},
        Told("pa_ss", number=None),
    )
    assert redact_value(told, hide) == Told(
        "is ***",
        Status.FAILED,
        ("***", ["***", 1, None]),
        {"a": "***", "b": {"c": ("***",)}},
        Told("***", number=None),
    )


def test_an_enumeration_stays_what_it_is() -> None:
    assert redact_value(Told("x", Status.FAILED), str.upper).status is Status.FAILED
