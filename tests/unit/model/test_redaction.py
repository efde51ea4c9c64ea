import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotaction.model.deployment import Status
from spotaction.model.redaction import CUT, PIECE, is_secret, redact, redact_fragments, redact_value, truncate

TOKEN = "0123456789abcdef" * 4
DATA = "IyEvYmluL3NoCmVjaG8gc3dvcmRmaXNo" * 40


@pytest.mark.parametrize("room", range(395, 470, 5))
def test_no_cut_leaves_the_beginning_of_a_secret(room: int) -> None:
    shown = redact(truncate("-" * (room - len(TOKEN)) + TOKEN + "-" * 300, 400), (TOKEN,))
    assert "0123" not in shown
    assert shown.rstrip(CUT).endswith(("***", "-", "-0", "-01", "-012"))


def test_the_longest_secret_goes_first_and_an_empty_one_is_none() -> None:
    assert redact("secret and secret-longer", ("secret", "", "secret-longer")) == "*** and ***"


def test_a_few_letters_before_an_ellipsis_are_no_secret() -> None:
    assert redact("and 012… and 0123…", (TOKEN,)) == "and 012… and ***…"


@given(st.integers(0, 200), st.integers(PIECE, 900), st.sampled_from([" ", "\\n", "\n", "/"]))
def test_no_piece_of_what_was_sent_is_left(start: int, length: int, between: str) -> None:
    echo = DATA[start : start + length]
    broken = between.join(echo[at : at + 60] for at in range(0, len(echo), 60))
    shown = redact_fragments(f"userData {broken} is invalid", (DATA,))
    assert not any(DATA[at : at + PIECE] in shown for at in range(len(DATA) - PIECE))
    assert (shown[:12], shown[-11:]) == ("userData ***", " is invalid")


def test_what_is_said_beside_an_echo_is_left() -> None:
    assert redact_fragments("child fails: IyEvYmluL3N and abc", (DATA, "abc")) == "child fails: IyEvYmluL3N and ***"


def in_base64(text: str) -> str:
    return b64encode(f"user:{text}!".encode()).decode()


def in_url_safe_base64(text: str) -> str:
    return urlsafe_b64encode(f"{text}{text}".encode()).decode().rstrip("=")


def in_hex(text: str) -> str:
    return f"id={text}".encode().hex()


def in_json(text: str) -> str:
    return json.dumps({"token": text})


@pytest.mark.parametrize(
    "encode",
    [in_base64, in_url_safe_base64, in_hex, lambda text: in_hex(text).upper(), in_json, escape, quote, quote_plus],
)
@given(secret=st.text("aZ09 +/=?<&'\"\\é~", min_size=2 * PIECE, max_size=40))
def test_nothing_is_left_of_a_secret_that_a_server_has_encoded(encode: Callable[[str], str], secret: str) -> None:
    echo = encode(secret)
    shown = redact_fragments(f"you sent [{echo}], which is wrong", (secret,))
    assert shown.startswith("you sent [")
    assert shown.endswith("], which is wrong")
    left = shown.removeprefix("you sent [").removesuffix("], which is wrong").split("***")
    assert len(left) > 1
    assert max(map(len, left)) < PIECE


def one_by_one(form: str) -> Callable[[str], str]:
    """Each sign that is no letter or digit in a form of its own, in lower case as most languages write it."""
    return lambda text: "".join(
        sign if sign.isalnum() and sign.isascii() else form.format(ord(sign), sign) for sign in text
    )


def in_lines(text: str) -> str:
    return "\r\n ".join(text[at : at + 5] for at in range(0, len(text), 5))


@pytest.mark.parametrize(
    "encode",
    [
        one_by_one("%{:02x}"),
        one_by_one("&#{};"),
        one_by_one("&#x{:x};"),
        one_by_one("\\u{:04x}"),
        one_by_one("\\x{:02x}"),
        one_by_one("\\{1}"),
        lambda text: quote(quote(text, safe=""), safe=""),
        lambda text: json.dumps(json.dumps(text)),
        lambda text: quote(text.encode(), safe="").lower(),
        str.upper,
        in_lines,
        lambda text: json.dumps(in_lines(text)),
    ],
)
@pytest.mark.parametrize("secret", ["p/a&s<s+w'd", "aB/cD+eF&gH/iJ<kL>mN", "p\u00e4ss\u00f6rd\\1"])
def test_nothing_is_left_of_a_secret_whose_signs_a_server_escapes_one_by_one(
    encode: Callable[[str], str], secret: str
) -> None:
    shown = redact_fragments(f"you sent {encode(secret)}, which is wrong", (secret,))
    assert shown.replace('"', "").replace("\\", "") == "you sent ***, which is wrong"


def test_the_escaped_start_of_a_secret_before_an_ellipsis_is_hidden() -> None:
    assert (
        redact_fragments("you sent p%2fa%26s… and pass words", ("p/a&s<s+w'd", "assw"))
        == "you sent ***… and pass words"
    )


@pytest.mark.parametrize("key", ["userData", "secretKey", "accessKey", "aclToken", "refreshToken", "pemKey", "apiKey"])
def test_a_key_tells_by_its_name_that_it_holds_a_secret(key: str) -> None:
    assert is_secret(key)


@pytest.mark.parametrize("key", ["imageId", "keyPair", "tagKey", "masterHost", "name"])
def test_other_keys_hold_none(key: str) -> None:
    assert not is_secret(key)


def test_words_without_end_are_looked_at_as_far_as_anybody_reads() -> None:
    secret = "0123456789abcdefghij"
    assert redact_fragments("x" * 19_990 + secret * 100_000, [secret]) == "x" * 19_990 + "***…"


@dataclass(frozen=True)
class Value:
    text: str
    status: Status = Status.RUNNING
    several: Sequence[object] = ()
    named: Mapping[str, object] = field(default_factory=dict)
    inner: "Value | None" = None
    number: float | None = 1.5


def hide(text: str) -> str:
    return text.replace("pa_ss", "***")


def test_every_text_in_a_value_loses_its_secrets_and_nothing_else_changes() -> None:
    value = Value(
        "is pa_ss",
        Status.FAILED,
        ("pa_ss", ["pa_ss", 1, None]),
        {"a": "pa_ss", "b": {"c": ("pa_ss",)}},
        Value("pa_ss", number=None),
    )
    assert redact_value(value, hide) == Value(
        "is ***",
        Status.FAILED,
        ("***", ["***", 1, None]),
        {"a": "***", "b": {"c": ("***",)}},
        Value("***", number=None),
    )


def test_an_enumeration_stays_what_it_is() -> None:
    assert redact_value(Value("x", Status.FAILED), str.upper).status is Status.FAILED
