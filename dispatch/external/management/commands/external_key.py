"""`manage.py external_key`: a key for another system."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dispatch.external import services
from dispatch.external.models import ExternalSystem


class Command(BaseCommand):
    help = (
        "Give another system a key to report incidents with, within a jurisdiction; a system that is "
        "known gets a fresh one, and its old one ends. Prints the key as JSON; it is not shown again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--code", required=True, help="the jurisdiction it reports in")
        parser.add_argument("--category", help="the category or group it may report; else any")

    def handle(self, *args: Any, **options: Any) -> None:
        name, code, category = options["name"], options["code"], options["category"]
        known = ExternalSystem.objects.filter(name=name, jurisdiction_id=code).first()
        try:
            if known is None or category is not None:
                system = known or ExternalSystem(name=name, jurisdiction_id=code)
                system.category_id = category or system.category_id
                key = services.save_system(system=system, actor=None)
            if known is not None:
                _, key = services.renew_key(system_id=known.pk, actor=None)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write(json.dumps({"name": name, "code": code, "key": key}, ensure_ascii=False))
