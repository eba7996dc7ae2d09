"""What people do on pages, as the desk takes it: a cookie says who they are, and the transaction is sure of it."""

from typing import Protocol

from qabot.adapter import Command, Press, Reply, Service, Submission
from qabot.workflows.taking import Sure


class Acts(Service, Protocol):
    """What an adapter asks of the service; `sure` is asked first, in its transaction: it raises what forbids it."""

    async def press(self, press: Press, *, sure: Sure = ...) -> Reply:
        """Do what a button says."""

    async def submit(self, submission: Submission, *, sure: Sure = ...) -> Reply:
        """Take a form; the same form again with errors if something is missing."""

    async def command(self, command: Command, *, sure: Sure = ...) -> Reply:
        """Do what a typed word says; anything else gets help."""
