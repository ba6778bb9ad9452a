"""Application of the incidents."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    name = "dispatch.incidents"
    label = "incidents"
    verbose_name = _("Incidents")

    def ready(self) -> None:
        """An empty table of categories is filled with what ships, whenever the schema is made."""
        from dispatch.incidents.seeding import fill_empty_tables

        post_migrate.connect(fill_empty_tables, sender=self)
