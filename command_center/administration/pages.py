"""Finds the applications' admin pages, without `leaflet.admin`, which needs GDAL."""

from __future__ import annotations

from importlib import import_module

from django.apps import apps
from django.utils.module_loading import module_has_submodule

WITHOUT_ADMIN = {"leaflet"}


def register_all() -> None:
    """Import the `admin` module of every application but those that a stock Python cannot load."""
    for config in apps.get_app_configs():
        if (
            config.name not in WITHOUT_ADMIN
            and config.module
            and module_has_submodule(config.module, "admin")
        ):
            import_module(f"{config.name}.admin")
