"""CSV import and export of the registry.

Rows are validated first, without holding the database; only a file without a single wrong row is
written, in one short transaction, through the same service as everything else.
"""

# mypy: disallow-subclassing-any=False
# django-import-export ships no types.

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tablib
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.instance_loaders import CachedInstanceLoader
from import_export.resources import ModelResource
from import_export.results import Result
from import_export.widgets import CharWidget, Widget

from command_center.accounts.scope import Scope
from command_center.jurisdictions.selectors import names_in
from iot_bridge.devices.models import Device
from iot_bridge.devices.services import save_devices
from iot_bridge.devices.table import COLUMNS
from iot_bridge.devices.validation import check_device
from iot_bridge.protocol.topics import Kind

if TYPE_CHECKING:
    from command_center.accounts.models import User


class KindWidget(Widget):
    """A kind by its word."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        """The kind; ValueError names those that exist."""
        text = str(value or "").strip()
        if text not in set(Kind):
            raise ValueError(
                _("kind %(kind)s is unknown; the kinds are %(kinds)s")
                % {"kind": repr(text), "kinds": ", ".join(Kind)}
            )
        return text


class JurisdictionWidget(Widget):
    """A jurisdiction by its code; those outside the importer's scope do not exist."""

    def __init__(self, names: dict[str, str]) -> None:
        super().__init__()
        self._names = names

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        """The code; ValueError if there is no such jurisdiction here."""
        code = str(value or "").strip()
        if code not in self._names:
            raise ValueError(
                _("jurisdiction %(code)s does not exist in your jurisdictions")
                % {"code": repr(code)}
            )
        return code


class DegreesWidget(Widget):
    """Degrees, or nothing."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> float | None:
        """A number; ValueError if the text is none. The range is the model's matter."""
        text = str(value if value is not None else "").strip()
        if not text:
            return None
        with suppress(ValueError):
            if math.isfinite(degrees := float(text)):
                return degrees
        raise ValueError(_("%(text)s is not a number") % {"text": repr(text)})


class ParametersWidget(Widget):
    """The thresholds, as a JSON object; empty for none."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        """The object; ValueError if the text is not JSON."""
        text = str(value or "").strip()
        if not text:
            return {}
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(_("not JSON: %(error)s") % {"error": error}) from None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Compact JSON; empty for none."""
        return json.dumps(value, separators=(",", ":"), sort_keys=True) if value else ""


class CodecWidget(CharWidget):
    """A codec by name; empty is the canonical protocol."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        """The name; whether it exists is checked with the whole device."""
        return str(value or "").strip() or "canonical"


class DeviceResource(ModelResource):
    """Devices as rows. `scope` is where the person may register devices, `actor` the person."""

    kind = Field("kind", "kind", widget=KindWidget())
    longitude = Field("longitude", "longitude", widget=DegreesWidget())
    latitude = Field("latitude", "latitude", widget=DegreesWidget())
    codec = Field("codec", "codec", widget=CodecWidget())
    parameters = Field("parameters", "parameters", widget=ParametersWidget())
    jurisdiction = Field("jurisdiction_id", "jurisdiction")

    class Meta:
        model = Device
        fields = COLUMNS
        import_order = COLUMNS
        export_order = COLUMNS
        import_id_fields = ("id",)
        instance_loader_class = CachedInstanceLoader
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True
        use_transactions = False  # validation needs no lock; writing takes its own transaction

    def __init__(self, *, scope: Scope, actor: User | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._scope = scope
        self._actor = actor
        self._good: list[Device] = []
        self._seen: dict[str, int] = {}
        self._ids: dict[int, str] = {}
        self._lines: list[int] = []
        self._line = self._first = 0
        self.fields["jurisdiction"].widget = JurisdictionWidget(names_in(scope))

    def get_queryset(self) -> QuerySet[Device]:
        """Devices in scope; others do not exist."""
        return Device.objects.filter(self._scope.condition("jurisdiction_id"))

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        """Begin anew."""
        self._good, self._seen, self._ids = [], {}, {}
        self._lines = list(getattr(dataset, "lines", range(2, len(dataset) + 2)))

    def validate_instance(
        self,
        instance: Device,
        import_validation_errors: dict[str, Any] | None = None,
        validate_unique: bool = True,
    ) -> None:
        """Every problem of the row at once, by field."""
        errors: dict[str, Any] = {}
        try:
            super().validate_instance(
                instance, _by_field(import_validation_errors), validate_unique
            )
        except ValidationError as error:
            errors = error.update_error_dict({})
        try:
            check_device(instance)
        except ValidationError as error:
            for name, found in error.update_error_dict({}).items():
                errors.setdefault(name, found)
        if self._first != self._line:
            text = _("%(id)s is already on line %(line)d")
            text %= {"id": instance.id, "line": self._first}
            errors.setdefault("id", []).append(ValidationError(text))
        if errors:
            raise ValidationError(errors)

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        """Remember where the row stands; an id is taken by the first row that has it, good or bad."""
        self._line = self._lines[kwargs["row_number"] - 1]
        self._ids[self._line] = str(row.get("id") or "")
        self._first = self._seen.setdefault(self._ids[self._line], self._line)

    def skip_row(
        self, instance: Device, original: Device, row: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Rows that change nothing, unless their id came before."""
        unchanged = super().skip_row(instance, original, row, *args, **kwargs)
        return bool(unchanged) and self._first == self._line

    def save_instance(self, instance: Device, is_create: bool, row: Any, **kwargs: Any) -> None:
        """Wait until every row has proved good."""
        self._good.append(instance)

    def after_import(self, dataset: tablib.Dataset, result: Result, **kwargs: Any) -> None:
        """Name rows by their lines; write, unless this is a preview or a row is wrong."""
        for row in [*result.invalid_rows, *result.error_rows]:
            row.number = self._lines[row.number - 1]
            row.device_id = self._ids[row.number]
        if kwargs.get("dry_run", True) or result.has_errors() or result.has_validation_errors():
            return
        try:
            save_devices(devices=self._good, actor=self._actor, note=kwargs.get("file_name") or "")
        except IntegrityError as error:
            raise ValidationError(
                _("Another change came between; nothing was written. Import the file again.")
            ) from error


def _by_field(errors: dict[str, Any] | None) -> dict[str, Any] | None:
    """Errors by the model's field name: the field reads `jurisdiction_id`, the form says jurisdiction."""
    if not errors:
        return errors
    return {
        ("jurisdiction" if name == "jurisdiction_id" else name): e for name, e in errors.items()
    }


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row: its line (0: the whole file), its device id, (column, reason) each."""

    line: int
    device_id: str
    reasons: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        reason = "; ".join(f"{name}: {why}" if name else why for name, why in self.reasons)
        if not self.line:
            return reason
        return _("line %(line)d, %(id)s: %(reason)s") % {
            "line": self.line,
            "id": self.device_id,
            "reason": reason,
        }


def faults(result: Result) -> list[Fault]:
    """Everything that is wrong in an import, by line."""
    found = [Fault(0, "", (("", _words(error.error)),)) for error in result.base_errors]
    for row in result.invalid_rows:
        reasons = [
            (name, str(text)) for name, texts in row.field_specific_errors.items() for text in texts
        ]
        reasons += [("", str(text)) for text in row.non_field_specific_errors]
        found.append(Fault(row.number, row.device_id, tuple(reasons)))
    for row in result.error_rows:
        words = tuple(("", _words(error.error)) for error in row.errors)
        found.append(Fault(row.number, row.device_id, words))
    return sorted(found, key=lambda fault: fault.line)


def _words(error: Exception) -> str:
    return "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
