"""What the environment says of certificates is understood as requests and botocore understand it."""

from collections.abc import Mapping
from pathlib import Path

import certifi
import pytest

from spotaction.cloud import certificates
from spotaction.model.errors import InvalidError

HINT = "unset it, or set it to a PEM file in the workspace, by its path in the container"
GOOD = certifi.where()


def wrong(environ: Mapping[str, str], *, aws: bool = False) -> list[str]:
    try:
        certificates.check(environ, aws=aws)
    except InvalidError as error:
        return [str(problem).removesuffix(f" ({HINT})") for problem in error.problems]
    return []


@pytest.mark.parametrize("name", ["CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
@pytest.mark.parametrize("value", ["0", "/there/is/none.pem", "a\0b"])
def test_a_variable_that_names_no_file_is_named(name: str, value: str) -> None:
    assert wrong({name: value}) == [f"{name}: file not found: {value!r}"]


@pytest.mark.parametrize("text", ["", "not a certificate\n", "-----BEGIN CERTIFICATE-----\nAA\n"])
def test_a_file_without_certificates_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(text, "utf-8")
    assert wrong({"REQUESTS_CA_BUNDLE": str(file)}) == [
        f"REQUESTS_CA_BUNDLE: {str(file)!r} cannot be used: it contains no certificates"
    ]


@pytest.mark.parametrize(
    "environ",
    [{}, {"CURL_CA_BUNDLE": ""}, {"REQUESTS_CA_BUNDLE": GOOD, "CURL_CA_BUNDLE": "0"}, {"CURL_CA_BUNDLE": "/etc/ssl"}],
)
def test_what_is_not_used_or_is_fine_is_nothing_to_tell(environ: Mapping[str, str]) -> None:
    assert wrong(environ) == []


def test_what_botocore_goes_by_counts_where_aws_is_called() -> None:
    environ = {"AWS_CA_BUNDLE": "0", "CURL_CA_BUNDLE": "0"}
    assert wrong(environ) == ["CURL_CA_BUNDLE: file not found: '0'"]
    assert wrong(environ, aws=True) == ["CURL_CA_BUNDLE: file not found: '0'", "AWS_CA_BUNDLE: file not found: '0'"]
