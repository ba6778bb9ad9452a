"""Admin pages of dead letters: to read. Replaying and discarding is the console's and the API's."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.filters import SubtreeFilter
from command_center.administration.scoped import ReadOnlyModelAdmin, shown
from iot_bridge.intake.models import DeadLetter


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyModelAdmin):
    """What could not be taken, and why."""

    view_permission = Permission.DEAD_LETTERS_VIEW
    list_display = ("last_at", "reason", "device_id", "topic", "code", "count", "state")
    list_filter = (SubtreeFilter, "reason", "state", "last_at")
    search_fields = ("topic", "device_id", "detail")
    fields = (
        "reason",
        "detail",
        "topic",
        "device_id",
        "code",
        "at",
        "last_at",
        "count",
        "size",
        "payload_text",
        "state",
        "closed_by",
        "closed_reason",
    )
    readonly_fields = fields

    @shown(_("payload, stripped"))
    def payload_text(self, letter: DeadLetter) -> SafeString:
        """The bytes as text, where they are text."""
        text = bytes(letter.payload).decode("utf-8", errors="backslashreplace")
        return format_html('<pre class="record">{}</pre>', text[:4000])
