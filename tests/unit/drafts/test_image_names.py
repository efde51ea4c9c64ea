import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotaction.cloud.aws.image_names import name_matcher
from spotaction.drafts.image_names import pattern_of
from spotaction.model.ports import ImageQuery


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("web-2026.11.16", r"/^web-[0-9]+\.[0-9]+\.[0-9]+$/"),
        ("ubuntu-22.04-web-2026.11.16-arm64", r"/^ubuntu-22\.04-web-[0-9]+\.[0-9]+\.[0-9]+-arm64$/"),
        ("web-1.2.3-20261116-a1b2c3d", r"/^web-[0-9]+\.[0-9]+\.[0-9]+-[0-9]+-[0-9a-f]{7}$/"),
        ("al2023-web-20261116T101112Z-x86_64", "/^al2023-web-[0-9]+T[0-9]+Z-x86_64$/"),
        ("web-build42", "/^web-build[0-9]+$/"),
        ("packer 1731750000", "/^packer [0-9]+$/"),
        ("web (v3)", r"/^web \(v[0-9]+\)$/"),
        ("web", ""),
        ("web-x86_64", ""),
        ("", ""),
    ],
)
def test_the_last_run_of_versions_dates_and_hashes_is_variable(name: str, pattern: str) -> None:
    assert pattern_of(name) == pattern


@pytest.mark.parametrize("other", ["web-worker-2026.11.23", "my-web-2026.11.23", "web-2026.11.23-debug", "web-latest"])
def test_a_pattern_does_not_find_the_images_of_others(other: str) -> None:
    matches = name_matcher(ImageQuery(region="us-east-1", pattern=pattern_of("web-2026.11.16")))
    assert matches("web-2026.11.23")
    assert not matches(other)


@given(st.text(alphabet="abcdefgxyz0123456789-._/ ()[]'@", min_size=1, max_size=60).map(str.strip).filter(bool))
def test_every_name_matches_its_own_pattern(name: str) -> None:
    pattern = pattern_of(name)
    if pattern and not name.endswith("/"):
        assert name_matcher(ImageQuery(region="us-east-1", pattern=pattern))(name)
