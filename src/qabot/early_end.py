"""Until the service runs, SIGTERM, Ctrl+C and a terminal that closes (SIGHUP) end it at once and with 0.

It has nothing in hand yet that could be lost.

Python calls the handler of a signal once the main thread is back from whatever it waits in, and for a locked database
that can be seconds; so a thread reads that a signal has come.
"""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
"""What ends a service in good order. Who is started to outlive its terminal (nohup) is given SIGHUP to be ignored."""
AT_ONCE = {signal.SIGINT, signal.SIGTERM}
_ours: list[socket.socket] = []


def heard() -> Iterator[signal.Signals]:
    """Those of the signals to which this process is to listen."""
    return (number for number in SIGNALS if number in AT_ONCE or signal.getsignal(number) != signal.SIG_IGN)


def end_at_the_next() -> None:
    """It is about to end: the next SIGTERM or Ctrl+C ends it at once. Of a terminal that closes two SIGHUP may come."""
    for number in heard():
        signal.signal(number, signal.SIG_DFL if number in AT_ONCE else signal.SIG_IGN)


@contextmanager
def ending_at_once() -> Iterator[None]:
    """From here on until `hand_over`. For the main thread."""
    before = {number: signal.getsignal(number) for number in heard()}
    receiver, sender = socket.socketpair()
    sender.setblocking(False)
    _ours.append(sender)
    for number in before:
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
