"""Where Python's objects are kept on huge pages, so that `make test` takes half the time."""

import pytest

from tests.support.project import load_script

MADVISE = "always [madvise] never"


@pytest.mark.parametrize(
    ("library", "modes", "supported"),
    [
        (("glibc", "2.36"), MADVISE, True),
        (("glibc", "2.35"), "[always] madvise never", True),
        (("glibc", "2.34"), MADVISE, False),
        (("glibc", "2.36"), "always madvise [never]", False),
        (("glibc", "2.36"), "", False),
        (("", ""), MADVISE, False),  # musl, and everything but Linux
    ],
)
def test_only_where_glibc_and_the_kernel_give_them(library: tuple[str, str], modes: str, supported: bool) -> None:  # noqa: FBT001
    tool = load_script("huge_pages")
    assert tool.find_environment(library, modes) == (tool.ENVIRONMENT if supported else "")
