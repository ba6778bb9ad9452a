"""Application of the REST API: assembly, errors, pages of lists, generated contracts."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "command_center.api"
    label = "api"
