"""Admin pages of incidents: the tables that run them, and the cases themselves, to read."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.bases import (
    AnyInlineFormSet,
    AnyModelForm,
    capitalise_labels,
)
from command_center.administration.filters import SubtreeFilter
from command_center.administration.installation import (
    InstallationAdmin,
    InstallationInline,
    SingleRowAdmin,
)
from command_center.administration.scoped import ReadOnlyModelAdmin, shown
from command_center.api.auth import user_of
from dispatch.incidents import configuration, selectors
from dispatch.incidents.daylist import BadLineError, read_days
from dispatch.incidents.deadlines import BadHoursError, check_hours
from dispatch.incidents.lifecycle import OWED, Stage
from dispatch.incidents.models import (
    STAGES,
    Allowance,
    Calendar,
    CalendarDay,
    CaseRules,
    Category,
    Incident,
)
from dispatch.units.models import SKILLS

WEEKDAYS = (
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
)
MOST_DAY_BYTES = 64 * 1024
_STRETCH = re.compile(r"^(\d{1,2}:\d{2})\s*[-–—~至]\s*(\d{1,2}:\d{2})$")


class _ConfigurationAdmin(InstallationAdmin):
    """Pages for who may configure incidents for the whole installation."""

    view_permission = Permission.INCIDENTS_CONFIGURE
    manage_permission = Permission.INCIDENTS_CONFIGURE

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        configuration.remove(row=obj, actor=user_of(request))


class CategoryForm(AnyModelForm):
    """A category; its group follows from its code."""

    skills = forms.MultipleChoiceField(
        label=_("skills asked for"),
        help_text=_("Units with one of them are proposed first. None: as its group has it."),
        choices=SKILLS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Category
        fields = ("code", "name", "name_en", "severity", "photo_required", "skills", "in_use")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        capitalise_labels(self)

    def clean_code(self) -> str:
        """Of the right length, in a group that exists."""
        code = str(self.cleaned_data["code"])
        configuration.group_of(code)
        return code


@admin.register(Category)
class CategoryAdmin(_ConfigurationAdmin):
    """The category tree."""

    form = CategoryForm
    list_display = ("code", "name", "name_en", "group", "severity", "photo_required", "in_use")
    list_display_links = ("code", "name")
    list_filter = ("in_use", "severity")
    list_select_related = ("parent",)
    search_fields = ("code__startswith", "name", "name_en")
    ordering = ("code",)
    fields = ("code", "name", "name_en", "severity", "photo_required", "skills", "in_use")

    @shown(_("group"), order="parent")
    def group(self, category: Category) -> str:
        """The name of its group."""
        return str(category.parent) if category.parent else ""

    def get_readonly_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """A code never changes."""
        return ("code",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        configuration.save_category(category=obj, actor=user_of(request))


class AllowanceForm(AnyModelForm):
    """Only stages that have a clock."""

    class Meta:
        model = Allowance
        fields = ("category", "severity", "stage", "minutes", "calendar")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "stage" in self.fields:
            stage = cast(forms.ChoiceField, self.fields["stage"])
            stage.choices = [row for row in STAGES if row[0] in OWED - {Stage.SUSPENDED}]
        for name in ("category", "severity"):
            if name in self.fields:
                self.fields[name].help_text = _("Empty: any.")

    def clean_minutes(self) -> int:
        """A stage takes some time."""
        minutes = int(self.cleaned_data["minutes"])
        if minutes < 1:
            raise ValidationError(_("At least one minute."), code="min_value")
        return minutes


@admin.register(Allowance)
class AllowanceAdmin(_ConfigurationAdmin):
    """How long each stage may take."""

    form = AllowanceForm
    list_display = ("any_category", "any_severity", "stage", "minutes", "hours")
    list_display_links = list_display
    list_filter = ("stage", "severity", "calendar")
    list_select_related = ("category", "calendar")
    ordering = ("category", "severity", "id")

    @shown(_("incident category"), order="category")
    def any_category(self, allowance: Allowance) -> Any:
        """A category or group, or any."""
        return allowance.category or _("any")

    @shown(_("severity"), order="severity")
    def any_severity(self, allowance: Allowance) -> Any:
        """A severity, or any."""
        return allowance.get_severity_display() if allowance.severity else _("any")

    @shown(_("working calendar"), order="calendar")
    def hours(self, allowance: Allowance) -> Any:
        """A working calendar, or around the clock."""
        return allowance.calendar or _("around the clock")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        configuration.save_allowance(allowance=obj, actor=user_of(request))


class HoursField(forms.CharField):
    """Working hours of a day, as `08:30-12:00, 14:30-18:30`."""

    def prepare_value(self, value: Any) -> Any:
        """The stored pairs as text."""
        if isinstance(value, list):
            return ", ".join(f"{begin}-{end}" for begin, end in value)
        return value

    def to_python(self, value: Any) -> Any:
        """Text as the stored pairs."""
        stretches = []
        for part in re.split(r"[,，;；]", str(value or "")):
            if not part.strip():
                continue
            found = _STRETCH.match(part.strip())
            if found is None:
                raise ValidationError(_("Write hours as 08:30-12:00, 14:30-18:30."), code="hours")
            stretches.append([_clock(text) for text in found.groups()])
        try:
            check_hours([(time.fromisoformat(a), time.fromisoformat(b)) for a, b in stretches])
        except BadHoursError as error:
            raise ValidationError(
                _("Hours must follow one another, and each must end after it begins."),
                code="hours",
            ) from error
        return stretches


def _clock(text: str) -> str:
    hours, _colon, minutes = text.partition(":")
    if (int(hours), int(minutes)) == (24, 0):
        return "00:00"
    if int(hours) > 23 or int(minutes) > 59:
        raise ValidationError(_("%(text)s is no time of day."), code="time", params={"text": text})
    return f"{int(hours):02}:{minutes}"


class CalendarForm(AnyModelForm):
    """Hours as one line, weekdays as boxes."""

    hours = HoursField(
        label=_("working hours"),
        help_text=_("For example 08:30-12:00, 14:30-18:30. 24:00 is the end of the day."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("working weekdays"),
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )

    more_days = forms.CharField(
        label=_("add days"),
        help_text=_(
            "One day or one stretch of days a line, with 休 (holiday) or 班 (worked): 2027-01-01 休,"
            " 2027-02-05..2027-02-11 休, 2027-02-14 班. A day that is there already is changed."
        ),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "class": "vLargeTextField"}),
    )
    days_file = forms.FileField(
        label=_("or a file with such lines (CSV, UTF-8)"), required=False, max_length=200
    )

    class Meta:
        model = Calendar
        fields = ("name", "hours", "weekdays")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        capitalise_labels(self)

    def clean_more_days(self) -> dict[date, bool]:
        """Lines as days."""
        return _read_days(str(self.cleaned_data["more_days"]))

    def clean_days_file(self) -> dict[date, bool]:
        """A file of such lines."""
        file = self.cleaned_data["days_file"]
        if file is None:
            return {}
        if file.size > MOST_DAY_BYTES:
            raise ValidationError(_("The file is too large for a list of days."), code="large")
        try:
            return _read_days(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise ValidationError(_("The file is not UTF-8."), code="encoding") from error

    def added(self) -> dict[date, bool]:
        """What both come to."""
        return {**self.cleaned_data["days_file"], **self.cleaned_data["more_days"]}


def _read_days(text: str) -> dict[date, bool]:
    try:
        return read_days(text)
    except BadLineError as error:
        message = _("Line %(line)d is no day: %(text)s")
        params = {"line": error.line, "text": error.text[:60]}
        raise ValidationError(message, code="day", params=params) from error


class DayFormSet(AnyInlineFormSet):
    """The special days of a calendar."""

    def kept(self) -> dict[date, bool]:
        """Every day that is to be there, and whether it is worked."""
        return {
            form.cleaned_data["day"]: bool(form.cleaned_data.get("works"))
            for form in self.forms
            if form.cleaned_data.get("day") and not form.cleaned_data.get("DELETE")
        }


class DayInline(InstallationInline):
    """Holidays, and weekend days worked in exchange."""

    model = CalendarDay
    formset = DayFormSet
    extra = 3
    manage_permission = Permission.INCIDENTS_CONFIGURE


@admin.register(Calendar)
class CalendarAdmin(_ConfigurationAdmin):
    """Working calendars with their special days."""

    form = CalendarForm
    inlines = (DayInline,)
    list_display = ("name", "hours_text", "years")
    fields = ("name", "hours", "weekdays", "more_days", "days_file")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With a word about calendars whose days run out."""
        if self.has_view_permission(request):
            for name, year in selectors.calendars_running_out(today=timezone.localdate()):
                text = _(
                    "%(name)s has no special days of %(year)d: holidays count as working days."
                )
                self.message_user(request, text % {"name": name, "year": year}, messages.WARNING)
        return super().changelist_view(request, extra_context)

    @shown(_("years with special days"))
    def years(self, calendar: Calendar) -> str:
        """For which its days are known."""
        found = calendar.days.dates("day", "year")
        return ", ".join(str(day.year) for day in found)

    @shown(_("working hours"))
    def hours_text(self, calendar: Calendar) -> str:
        """The hours as one line."""
        return ", ".join(f"{begin}–{end}" for begin, end in calendar.hours)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Waits for the days: one act, in save_related."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The calendar and its days, through the service."""
        days: dict[date, bool] = {}
        for formset in formsets:
            formset.save(commit=False)  # tells the log what changed; the service writes
            days |= formset.kept()
        days |= form.added()
        configuration.save_calendar(calendar=form.instance, days=days, actor=user_of(request))


@admin.register(CaseRules)
class CaseRulesAdmin(SingleRowAdmin):
    """What holds for all cases."""

    view_permission = Permission.INCIDENTS_CONFIGURE
    manage_permission = Permission.INCIDENTS_CONFIGURE
    fields = ("archive_after_days",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        configuration.save_rules(rules=obj, actor=user_of(request))


@admin.register(Incident)
class IncidentAdmin(ReadOnlyModelAdmin):
    """The cases in scope, archived ones too. They are worked on in the console."""

    view_permission = Permission.INCIDENTS_VIEW
    list_display = (
        "number", "title", "category", "severity", "code", "owner", "stage", "reported_at", "due_at"
    )  # fmt: skip
    list_filter = (SubtreeFilter, "stage", "severity", "source", "reported_at")
    list_select_related = ("category",)
    search_fields = ("number", "title", "place")
    ordering = ("-id",)
    fields = (
        "number", "title", "description", "category", "severity", "source", "code", "owner",
        "place", "longitude", "latitude", "stage", "stage_since", "due_at", "suspended_until",
        "reported_at", "closed_at", "score", "returned", "reopened", "overdue",
    )  # fmt: skip
    readonly_fields = fields
