"""The Django app that holds the package's commands."""

from django.apps import AppConfig


class ConferencingConfig(AppConfig):
    """No models of its own."""

    name = "conferencing"
