"""What becomes of errors: one sentence, and the exit code 1 (refused or found wrong) or 2 (wrong usage).

Loaded once there is an error: who starts a role does not wait for the modules of all of them.
"""

import sys

import psycopg
from rich.markup import escape

from events.store import DatabaseError
from projections.rebuild import RebuildRunning
from services.amqp import BrokerAway, NoAnswer
from services.cli.console import err
from services.cli.opening import FoundWrong, Wrong
from services.command import Malformed
from services.deadletters import NotParked, StillPoisoned
from services.embedded import EmbeddedError
from services.http import PortTaken
from services.logs.mapping import MappingError
from services.policy import PolicyError
from services.refusal import Rejected
from services.settings import SettingsError
from services.webhooks.signature import SecretError
from services.webhooks.subscriptions import NoWebhook, WrongWebhook


def end(error: Exception) -> None:
    """Says what went wrong and ends the process, if the error is a foreseen one."""
    if isinstance(error, WRONG_USAGE):
        _stop(error, 2)
    if isinstance(error, FOUND_WRONG):
        _stop(error, 1)
    if isinstance(error, psycopg.Error | DatabaseError):
        _stop(f"the database does not do what was asked of it: {error}", 1)


def _stop(error: object, code: int) -> None:
    err.print(f"[red]{escape(str(error))}[/red]")
    sys.exit(code)


WRONG_USAGE = (Wrong, Malformed, MappingError, PolicyError, SecretError, SettingsError, WrongWebhook)
FOUND_WRONG = (
    BrokerAway,
    ChildProcessError,  # of a rebuild by several processes
    EmbeddedError,
    FoundWrong,
    NoAnswer,
    PortTaken,
    NoWebhook,
    NotParked,
    RebuildRunning,
    Rejected,
    StillPoisoned,
)
