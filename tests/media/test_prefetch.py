from __future__ import annotations

import gc
import threading
import time

import pytest

from kinema.media.prefetch import CLOSE_SECONDS, Prefetch


class Source:
    """Counts up to a limit, and notes how far it got and whether it was closed."""

    def __init__(self, limit: int = 10**9, *, error: Exception | None = None) -> None:
        self.made = 0
        self.closed_in: threading.Thread | None = None
        self._limit = limit
        self._error = error

    def items(self):
        try:
            for number in range(self._limit):
                self.made = number + 1
                yield number
            if self._error is not None:
                raise self._error
        finally:
            self.closed_in = threading.current_thread()


def wait_until(condition) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def prefetch_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "kinema-prefetch"]


@pytest.mark.parametrize("size", [1, 2, 8])
@pytest.mark.parametrize("count", [0, 1, 20])
def test_items_come_all_and_in_order(size, count):
    ahead = Prefetch(Source(count).items(), size=size)
    assert list(ahead) == list(range(count))
    assert list(ahead) == []
    ahead.close()
    assert prefetch_threads() == []


def test_no_more_than_size_items_wait():
    source = Source()
    ahead = Prefetch(source.items(), size=3)
    assert next(ahead) == 0
    wait_until(lambda: source.made == 5)  # taken, three waiting, one in the maker's hand
    time.sleep(0.05)
    assert source.made == 5
    ahead.close()


def test_an_error_comes_after_the_items_before_it():
    ahead = Prefetch(Source(2, error=KeyError("lost")).items(), size=8)
    assert [next(ahead), next(ahead)] == [0, 1]
    with pytest.raises(KeyError, match="lost"):
        next(ahead)
    assert list(ahead) == []


def test_closing_stops_a_thread_that_waits_for_room():
    source = Source()
    ahead = Prefetch(source.items(), size=2)
    next(ahead)
    wait_until(lambda: source.made == 4)
    started = time.monotonic()
    assert ahead.close()
    assert time.monotonic() - started < CLOSE_SECONDS  # it did not have to give up
    assert prefetch_threads() == []
    assert source.closed_in is not None
    assert source.closed_in is not threading.current_thread()
    assert list(ahead) == []
    assert ahead.close()


def test_closing_before_the_start_runs_nothing():
    source = Source()
    ahead = Prefetch(source.items(), size=2)
    assert ahead.close()
    assert list(ahead) == []
    assert source.made == 0


def test_closing_wakes_a_consumer_that_waits():
    release = threading.Event()

    def slow():
        release.wait(5)
        yield 1

    ahead = Prefetch(slow(), size=1)
    taken: list[int] = []
    consumer = threading.Thread(target=lambda: taken.extend(ahead))
    consumer.start()
    time.sleep(0.02)
    threading.Timer(0.1, release.set).start()
    assert ahead.close()
    consumer.join(5)
    assert not consumer.is_alive()
    assert taken == []


def test_the_newest_item_wins_where_asked():
    source = Source()
    ahead = Prefetch(source.items(), size=1, newest=True)
    next(ahead)
    wait_until(lambda: source.made > 1000)
    assert next(ahead) >= 900
    ahead.close()


def test_a_forgotten_one_stops_too():
    source = Source()
    ahead = Prefetch(source.items(), size=2)
    next(ahead)
    del ahead
    gc.collect()
    wait_until(lambda: source.closed_in is not None)
    wait_until(lambda: prefetch_threads() == [])
