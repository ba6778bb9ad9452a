"""`manage.py serve`: the whole system on one machine."""

import asyncio
import signal
import sys
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from command_center.env import Environment
from command_center.jurisdictions.models import Jurisdiction
from command_center.supervisor.demo import account_table, demo_password
from command_center.supervisor.keeper import Supervisor
from command_center.supervisor.output import Terminal
from command_center.supervisor.preflight import prepare
from command_center.supervisor.processes import console_address, process_table
from command_center.variables import ConfigurationError


class Command(BaseCommand):
    """Prepares the database, then starts every process and keeps it running."""

    help = "Run every process of the system under one supervisor."
    requires_system_checks = []

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        environment: Environment = settings.ENVIRONMENT
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _leave)
        try:
            lock = prepare(environment)
        except ConfigurationError as error:
            raise CommandError(str(error)) from error
        terminal = Terminal()
        with lock:
            try:
                welcome = prepare_database(environment, terminal)
                asyncio.run(supervise(environment, terminal, welcome))
            finally:
                terminal.close(timeout_s=0.5)


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Ends the preparation: nothing has been started yet."""
    sys.exit(0)


def prepare_database(environment: Environment, terminal: Terminal) -> str:
    """Brings the database up to date; returns the table of demo accounts."""
    try:
        password = migrate_and_seed(environment, terminal)
        welcome = account_table(password)
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise CommandError(f"The database can't be used ({reason}); check DATABASE_URL.") from error
    finally:
        connection.close()
    # PostgreSQL's keeps a pool, whose threads have no work here any more.
    close_pool = getattr(connection, "close_pool", None)
    if close_pool is not None:
        close_pool()
    return welcome


def migrate_and_seed(environment: Environment, terminal: Terminal) -> str:
    """Migrates what is pending and seeds an empty database; returns the demo password."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        terminal.say("preparing the database")
        call_command("migrate", interactive=False, verbosity=0)
    password = demo_password(environment)
    if "push_keys" in get_commands():
        call_command("push_keys", verbosity=0)
    if "seed_demo" in get_commands() and not Jurisdiction.objects.exists():
        terminal.say("filling the demo city")
        call_command("seed_demo")
    return password


async def supervise(environment: Environment, terminal: Terminal, welcome: str) -> None:
    """Runs the system, and says so once its pages answer."""
    address = console_address(environment)

    def announce(name: str) -> None:
        if name == "web":
            terminal.say(f"\nLingdun is up: {address}\n\n{welcome}\n".rstrip() + "\n")

    await Supervisor(
        process_table(environment),
        state_file=environment.data_dir / "run" / "supervisor.json",
        terminal=terminal,
        on_ready=announce,
    ).run()
