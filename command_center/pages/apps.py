"""The pages as a Django app: templates and icons, no models."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """The pages."""

    name = "command_center.pages"
