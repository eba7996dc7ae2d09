"""Until the service runs, SIGTERM and Ctrl+C end it at once and with 0: it has nothing in hand yet that could be lost.

Python calls the handler of a signal once the main thread is back from whatever it waits in, and for a locked database
that can be seconds; so a thread reads that a signal has come.
"""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)
_ours: list[socket.socket] = []


@contextmanager
def ending_at_once() -> Iterator[None]:
    """From here on until `hand_over`. For the main thread."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    receiver, sender = socket.socketpair()
    sender.setblocking(False)
    _ours.append(sender)
    for number in SIGNALS:
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(sender.fileno())
    threading.Thread(target=_wait, args=(receiver,), name="early-end", daemon=True).start()
    try:
        yield
    finally:
        hand_over()
        for number, handler in before.items():
            signal.signal(number, handler)


def hand_over() -> None:
    """Somebody else answers to signals from now on, and has said so to Python already."""
    if _ours:
        signal.set_wakeup_fd(-1)
        _ours.pop().close()


def _wait(receiver: socket.socket) -> None:
    # What the database was changed by and not yet told to keep, it forgets by itself.
    with receiver:
        if receiver.recv(1):
            os._exit(0)
