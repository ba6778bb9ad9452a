"""`manage.py media`: the media node of this machine."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from command_center.variables import ConfigurationError
from conferencing.media.__main__ import run_media


class Command(BaseCommand):
    """Forwards the media of conferences until it is ended."""

    help = "Run the WebRTC media node (UDP port MEDIA_PORT, control API at MEDIA_CONTROL)."
    requires_system_checks = []

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        try:
            run_media(settings.ENVIRONMENT)
        except ConfigurationError as error:
            raise CommandError(str(error)) from error
