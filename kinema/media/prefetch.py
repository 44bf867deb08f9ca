"""Run an iterator ahead of its consumer, on another thread, by a bounded number of items."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Generator
from typing import Generic, Self, TypeVar

T = TypeVar("T")

WAKE_SECONDS = 0.5  # on Windows a lock that waits for ever does not see Ctrl-C
CLOSE_SECONDS = 3.0  # a thread that hangs in a network read is left to end by itself


class Prefetch(Generic[T]):
    """The items of a generator, made ahead by a thread of its own.

    The thread starts with the first item asked for and ends with the generator, at an error or at
    `close`. The generator is closed in that thread, so what it releases in `finally` is released
    in every case. An error of the generator is raised to the consumer after the items before it.

    Args:
        items: What is to be run ahead.
        size: How many items may wait, at least 1.
        newest: When the items come faster than they are taken, drop the oldest waiting one rather
            than hold up the generator: for live sources.
        name: Of the thread, for debuggers.
    """

    def __init__(
        self,
        items: Generator[T, None, None],
        *,
        size: int,
        newest: bool = False,
        name: str = "kinema-prefetch",
    ) -> None:
        self._queue: _Queue[T] = _Queue(size, newest=newest)
        self._items = items
        # A daemon, because the interpreter joins all others at exit before it runs any clean-up.
        self._thread = threading.Thread(
            target=_pump, args=(items, self._queue), name=name, daemon=True
        )
        self._started = False
        self._forgotten = weakref.finalize(self, self._queue.stop)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        if not self._started:
            self._started = True
            self._thread.start()
        return self._queue.take()

    def close(self) -> bool:
        """Stop the thread, whatever it waits for, and drop what it has made. Twice is fine.

        Returns:
            Whether the generator is closed. If not, it hangs in a read, and will be closed by its
            thread as soon as that returns.
        """
        self._forgotten()
        if not self._started:
            self._started = True
            self._queue.finish(None)
            self._items.close()
        elif self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(CLOSE_SECONDS)
        return not self._thread.is_alive()


class _Queue(Generic[T]):
    """A bounded queue that can be stopped from both ends."""

    def __init__(self, size: int, *, newest: bool) -> None:
        self._items: deque[T] = deque()
        self._size = size
        self._newest = newest
        self._changed = threading.Condition()
        self._stopped = False
        self._finished = False
        self._error: BaseException | None = None

    def put(self, item: T) -> bool:
        """Add an item when there is room; False once nobody wants more."""
        with self._changed:
            if self._newest and len(self._items) >= self._size:
                self._items.popleft()
            while len(self._items) >= self._size and not self._stopped:
                self._changed.wait()
            if self._stopped:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def take(self) -> T:
        """The next item, as soon as there is one.

        Raises:
            StopIteration: If there will be none.
            BaseException: What ended the generator, once.
        """
        with self._changed:
            while not (self._items or self._finished or self._stopped):
                self._changed.wait(WAKE_SECONDS)
            if self._items:
                item = self._items.popleft()
                self._changed.notify_all()
                return item
            error, self._error = self._error, None
        if error is not None:
            raise error
        raise StopIteration

    def finish(self, error: BaseException | None) -> None:
        """Say that no more items come, and why."""
        with self._changed:
            self._finished = True
            self._error = None if self._stopped else error
            self._changed.notify_all()

    def stop(self) -> None:
        """Say that no more items are wanted."""
        with self._changed:
            self._stopped = True
            self._items.clear()
            self._changed.notify_all()


def _pump(items: Generator[T, None, None], queue: _Queue[T]) -> None:
    error: BaseException | None = None
    try:
        try:
            for item in items:
                if not queue.put(item):
                    break
                del item  # or the last frame would live until the next one is made
        finally:
            items.close()
    except BaseException as caught:  # noqa: BLE001 - it is raised again in the consumer's thread
        error = caught
    queue.finish(error)
