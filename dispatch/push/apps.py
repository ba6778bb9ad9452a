"""Application of the push."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PushConfig(AppConfig):
    name = "dispatch.push"
    label = "push"
    verbose_name = _("Push")
