"""`manage.py create_account`: the first administrator of an installation, or any other account."""

from __future__ import annotations

import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from command_center.accounts.policy import Role
from command_center.accounts.services import PostAt, create_account
from command_center.jurisdictions.selectors import known_codes


class Command(BaseCommand):
    help = (
        "Create an account with one post. The password is asked for, or read from standard input."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="display name")
        parser.add_argument("--role", choices=list(Role), default=Role.ADMINISTRATOR.value)
        parser.add_argument("--at", required=True, metavar="CODE", help="division code of the post")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["at"] not in known_codes():
            raise CommandError(
                f"there is no jurisdiction {options['at']}; import the list first (import_jurisdictions)"
            )
        password = self._password()
        role = Role(options["role"])
        try:
            validate_password(password)
            create_account(
                username=options["username"],
                name=options["name"],
                password=password,
                posts=[PostAt(role, options["at"])],
                is_staff=role is Role.ADMINISTRATOR,
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except IntegrityError as error:
            raise CommandError(f"the account {options['username']} exists already") from error
        self.stdout.write(f"{options['username']}: {role} at {options['at']}")

    def _password(self) -> str:
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\n")
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Again: "):
            raise CommandError("the two passwords differ")
        return password
