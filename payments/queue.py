"""Asking a worker to look at a row. The row is the promise, the message only makes it quick."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from importlib import import_module

from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)


def later(task: str, **arguments: int | str) -> None:
    """Send the task of that name (in payments.tasks) once the transaction is there for others to see.

    A broker that is down changes nothing but the time: the sweep finds the row.
    """
    transaction.on_commit(lambda: _send(task, arguments))


def _send(task: str, arguments: dict[str, int | str]) -> None:
    # By name, because the tasks stand above the verbs that ask for them.
    try:
        getattr(import_module("payments.tasks"), task).delay(**arguments)
    except (OperationalError, OSError) as error:
        logger.warning(
            "The broker did not take %s (%s); the sweep will find the row", task, type(error).__name__
        )


def next_attempt(attempts: int, at: datetime) -> datetime:
    """When to try again after so many attempts: 30 s, doubling, at most an hour."""
    return at + min(FIRST_WAIT * (1 << min(attempts, 10)), LONGEST_WAIT)
