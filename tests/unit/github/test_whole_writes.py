"""Files that are written whole or not at all, on a disk that ends in the middle."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from spotaction.github import whole_writes

LONG = b"y" * 100


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes; the last write that begins below is cut there, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_has_room_is_appended_or_replaced(tmp_path: Path) -> None:
    path = tmp_path / "output"
    whole_writes.append(path, b"a=1\n")
    whole_writes.append(path, b"b=2\n")
    assert path.read_bytes() == b"a=1\nb=2\n"
    whole_writes.replace(path, b"c=3\n")
    assert path.read_bytes() == b"c=3\n"
    whole_writes.replace(path, LONG)
    assert path.read_bytes() == LONG
    whole_writes.replace(path, b"")
    assert path.read_bytes() == b""


def test_what_has_no_room_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "output"
    path.write_bytes(b"a=1\n")
    for write in (whole_writes.append, whole_writes.replace):
        with room_for(50), pytest.raises(OSError, match="File too large"):
            write(path, LONG)
        assert path.read_bytes() == b"a=1\n"


def test_what_has_no_room_makes_no_file(tmp_path: Path) -> None:
    path = tmp_path / "output"
    for write in (whole_writes.append, whole_writes.replace):
        with room_for(50), pytest.raises(OSError, match="File too large"):
            write(path, LONG)
        assert not path.exists()


def test_a_file_that_stays_as_long_needs_no_room(tmp_path: Path) -> None:
    path = tmp_path / "output"
    path.write_bytes(LONG)
    with room_for(50):
        whole_writes.replace(path, b"short\n")
    assert path.read_bytes() == b"short\n"


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        whole_writes.append(tmp_path / "nowhere" / "output", b"a=1\n")


def test_a_swapped_file_has_the_new_content_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "output"
    path.write_bytes(LONG)
    whole_writes.swap(path, b"short\n")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"output": b"short\n"}


def test_a_file_that_cannot_be_swapped_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "output"
    path.write_bytes(b"a=1\n")
    with room_for(50), pytest.raises(OSError, match="File too large"):
        whole_writes.swap(path, LONG)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"output": b"a=1\n"}
