"""Application of the shared files."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FilesConfig(AppConfig):
    name = "conferencing.files"
    label = "conference_files"
    verbose_name = _("Files in conferences")
