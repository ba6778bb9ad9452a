"""Admin pages of devices, with import and export."""

# mypy: disallow-subclassing-any=False
# django-import-export ships no types.

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ImportExportMixin

from command_center.accounts.policy import Permission
from command_center.administration.filters import SubtreeFilter
from command_center.administration.installation import InstallationAdmin
from command_center.administration.scoped import ScopedModelAdmin, shown
from command_center.api.auth import user_of
from iot_bridge.devices import services, timing
from iot_bridge.devices.forms import PREFIX, DeviceForm, TimingForm
from iot_bridge.devices.models import Device, KindTiming, PendingDevice
from iot_bridge.devices.resources import DeviceResource, faults
from iot_bridge.devices.table import REQUIRED, DeviceCSV, TableError, decode
from iot_bridge.devices.validation import CANONICAL
from iot_bridge.protocol.topics import Kind, build_topic
from iot_bridge.rules.thresholds import Thresholds


@admin.register(Device)
class DeviceAdmin(ImportExportMixin, ScopedModelAdmin):
    """The registry."""

    view_permission = Permission.DEVICES_VIEW
    manage_permission = Permission.DEVICES_MANAGE
    code_field = "jurisdiction_id"
    form = DeviceForm
    list_display = ("id", "name", "kind", "place_name", "codec", "state", "last_seen", "battery")
    list_display_links = ("id", "name")
    list_filter = (SubtreeFilter, "kind", "status__status", "codec")
    list_select_related = ("jurisdiction", "status")
    search_fields = ("id", "name", "site", "external_id")
    search_help_text = gettext_lazy("device id, name, site, or the maker's id")
    ordering = ("id",)
    autocomplete_fields = ("jurisdiction",)
    readonly_fields = ("topic", "state", "last_seen", "battery", "created_at")

    resource_classes = [DeviceResource]
    import_template_name = "devices/import.html"
    import_formats = [DeviceCSV]
    export_formats = [DeviceCSV]
    skip_export_form = True
    to_encoding = "utf-8-sig"  # spreadsheets take UTF-8 without the mark for the local encoding

    def get_fieldsets(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """What it is, where it is, how it speaks, from when on it alarms, how it fares."""
        identity = ("id", "name", "kind")
        thresholds = tuple(PREFIX + name for name in Thresholds.model_fields)
        place: tuple[str, ...] = ("jurisdiction", "site", "place")
        if obj is not None and not self.has_change_permission(request, obj):
            place, thresholds = ("jurisdiction", "site", "longitude", "latitude"), ("parameters",)
        protocol = ("codec", "external_id", "maker", "model", *(("topic",) if obj else ()))
        if obj is None or self.has_change_permission(request, obj):
            protocol = (*protocol, "field_rules")
        sets = [
            (None, {"fields": identity}),
            (_("Place"), {"fields": place}),
            (_("Protocol"), {"fields": protocol}),
            (_("Thresholds"), {"fields": thresholds}),
        ]
        if obj is not None:
            fields = ("state", "last_seen", "battery", "created_at")
            sets.append((_("State"), {"fields": fields}))
        return sets

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What is known of a device on the waiting list, if it is one that is to be registered."""
        initial = super().get_changeform_initial_data(request)
        wanted = request.GET.get("pending", "")
        rows = PendingDevice.objects.filter(self.manageable(request).condition())
        pending = rows.filter(pk=wanted).first() if wanted.isdecimal() else None
        if pending is None:
            return dict(initial)
        canonical = pending.codec == CANONICAL
        return {
            **initial,
            "id": pending.external_id if canonical else "",
            "kind": pending.kind,
            "codec": pending.codec,
            "external_id": "" if canonical else pending.external_id,
            "maker": pending.maker,
            "model": pending.model,
            "field_rules": pending.fields or None,
            "jurisdiction": pending.code if len(pending.code) >= 12 else None,
        }

    def get_readonly_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """An id never changes: it is in the topic."""
        return ("id", *self.readonly_fields) if obj else self.readonly_fields

    def code_of(self, obj: Device) -> str:
        """Its jurisdiction's."""
        return obj.jurisdiction_id

    @shown(gettext_lazy("jurisdiction"), order="jurisdiction")
    def place_name(self, device: Device) -> str:
        """The name of its jurisdiction."""
        return str(device.jurisdiction.name)

    @shown(gettext_lazy("status"), order="status__status")
    def state(self, device: Device) -> str:
        """Whether it reports."""
        return str(device.status.get_status_display())

    @shown(gettext_lazy("last seen"), order="status__last_seen")
    def last_seen(self, device: Device) -> Any:
        """When it last reported."""
        return device.status.last_seen or "—"

    @shown(gettext_lazy("battery, %"), order="status__battery")
    def battery(self, device: Device) -> Any:
        """Its charge."""
        return "—" if device.status.battery is None else device.status.battery

    @shown(gettext_lazy("MQTT topic"))
    def topic(self, device: Device) -> str:
        """What it publishes under, up to the channel."""
        return build_topic(
            jurisdiction=device.jurisdiction_id, kind=Kind(device.kind), device_id=device.id
        ).base

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        services.save_device(
            device=obj, actor=user_of(request), from_waiting=not change and "pending" in request.GET
        )

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.remove_device(device=obj, actor=user_of(request))

    # -- import and export -------------------------------------------------------------------------

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Who may register devices somewhere."""
        return bool(self.manageable(request))

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Who may see devices somewhere."""
        return bool(self.viewable(request))

    def get_import_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        """Import where one may register devices."""
        return {"scope": self.manageable(request), "actor": request.user}

    def get_export_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        """Export what one may see."""
        return {"scope": self.viewable(request), "actor": request.user}

    def get_import_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The columns that every file has."""
        return {"needed": ", ".join(REQUIRED)}

    def write_to_tmp_storage(self, import_file: Any, input_format: Any) -> Any:
        """Keep the file as UTF-8, whatever it came as."""
        storage = self.get_tmp_storage_class()(encoding="utf-8", read_mode="r")
        content = b"".join(import_file.chunks())
        try:
            storage.save(decode(content).encode())
        except TableError:
            storage.save(content)
        return storage

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        """Our own words where the rows cannot be read."""
        wrong = e if isinstance(e, TableError) else TableError(_("the file cannot be read as CSV"))
        form.add_error("import_file", str(wrong))

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        """Should the confirmed file have become wrong meanwhile: say so; nothing was written."""
        wrong = faults(result)
        if not wrong:
            return cast(HttpResponse, super().process_result(result, request))
        for fault in wrong[:20]:
            messages.error(request, str(fault))
        return HttpResponseRedirect(reverse("admin:devices_device_import"))

    def _do_file_export(
        self,
        file_format: Any,
        request: HttpRequest,
        queryset: QuerySet[Any],
        export_form: Any = None,
    ) -> HttpResponse:
        codes = list(queryset.values_list("jurisdiction_id", flat=True))
        services.record_export(actor=user_of(request), count=len(codes), codes=codes)
        return cast(
            HttpResponse, super()._do_file_export(file_format, request, queryset, export_form)
        )


@admin.register(KindTiming)
class KindTimingAdmin(InstallationAdmin):
    """How long devices may say nothing, where this installation differs from what ships."""

    view_permission = Permission.DEVICES_MANAGE
    manage_permission = Permission.DEVICES_MANAGE
    form = TimingForm
    list_display = ("kind", "codec", "degraded_after_s", "offline_after_s")
    list_display_links = ("kind", "codec")
    list_filter = ("kind",)
    fields = ("kind", "codec", "degraded_after_s", "offline_after_s")

    def list_hint(self) -> str:
        """The codecs' own timings."""
        own = timing.shipped()
        values = "; ".join(
            f"{name} {one.degraded_after_s or '—'} / {one.offline_after_s}"
            for name, one in own.items()
        )
        return _(
            "Where nothing is set here, the codec's own holds (late / offline, s): %(values)s."
        ) % {"values": values}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        timing.save_timing(row=obj, actor=user_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        timing.remove_timing(row=obj, actor=user_of(request))
