import threading

import pytest

from spotaction.cloud.idle import join_thread
from spotaction.model.errors import FailedError


def test_what_cannot_wait_is_done_again_and_again_until_the_thread_ends() -> None:
    ends, looks = threading.Event(), list[int]()
    thread = threading.Thread(target=ends.wait, args=(10.0,), daemon=True)
    thread.start()

    def look() -> None:
        looks.append(len(looks))
        if len(looks) == 3:
            ends.set()
            thread.join(10.0)

    join_thread(thread, 10.0, look, interval=0.001)
    assert looks == [0, 1, 2]


def test_what_it_raises_ends_the_wait() -> None:
    ends = threading.Event()
    thread = threading.Thread(target=ends.wait, args=(10.0,), daemon=True)
    thread.start()

    def look() -> None:
        raise FailedError("alarms: web-5xx is in ALARM.")

    with pytest.raises(FailedError, match="web-5xx"):
        join_thread(thread, 10.0, look, interval=0.001)
    ends.set()


def test_the_wait_ends_with_its_time() -> None:
    ends = threading.Event()
    thread = threading.Thread(target=ends.wait, args=(10.0,), daemon=True)
    thread.start()
    join_thread(thread, 0.001)
    assert thread.is_alive()
    ends.set()
