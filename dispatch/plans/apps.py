"""Application of the response plans."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    name = "dispatch.plans"
    label = "plans"
    verbose_name = _("Response plans")

    def ready(self) -> None:
        """An empty table of plans is filled with what ships, whenever the schema is made."""
        from dispatch.plans.seeding import fill_empty_table

        post_migrate.connect(fill_empty_table, sender=self)
