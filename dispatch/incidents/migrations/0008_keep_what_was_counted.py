"""What was left of suspended stages becomes what they have used; reopening and lateness get counts of their own."""

from typing import Any

from django.db import migrations
from django.db.models import Count, F, Q


def keep(apps: Any, schema_editor: Any) -> None:
    _suspended(apps)
    _reopened(apps)
    # A stage that is late now was counted when it was ordered about; from here on it is when it ends.
    supervisions = apps.get_model("incidents", "Supervision").objects.filter(
        by=None, lifted_at=None, stage=F("incident__stage")
    )
    late = apps.get_model("incidents", "Incident").objects.filter(
        pk__in=supervisions.values("incident_id"), overdue__gt=0
    )
    late.update(overdue=F("overdue") - 1)
    if schema_editor.connection.vendor == "postgresql":
        # What is left to be checked until the commit would keep the table from being changed.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _suspended(apps: Any) -> None:
    rows = apps.get_model("incidents", "Incident").objects.filter(left_s__isnull=False)
    for incident in rows.select_related("category"):
        minutes = _allowed(apps, incident)
        if minutes is not None:
            spent = float(minutes * 60 - incident.left_s)
            incident.clock = {incident.before_suspension: [max(spent, 0.0), max(-spent, 0.0)]}
            incident.save(update_fields=["clock"])


def _allowed(apps: Any, incident: Any) -> int | None:
    near = {incident.category_id: 2, incident.category.parent_id or "": 1, None: 0}
    rows = apps.get_model("incidents", "Allowance").objects.filter(stage=incident.before_suspension)
    fitting = [
        (near[row.category_id], row.severity is not None, row.minutes)
        for row in rows
        if row.category_id in near and row.severity in (None, incident.severity)
    ]
    return max(fitting)[2] if fitting else None


def _reopened(apps: Any) -> None:
    times = Count("entries", filter=Q(entries__kind="reopen"))
    rows = apps.get_model("incidents", "Incident").objects.filter(returned__gt=0)
    for incident in rows.annotate(times=times).filter(times__gt=0):
        incident.reopened = incident.times
        incident.returned = max(incident.returned - incident.times, 0)
        incident.save(update_fields=["reopened", "returned"])


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0007_orders_callbacks_clocks"),
    ]

    operations = [
        migrations.RunPython(keep, migrations.RunPython.noop),
        migrations.RemoveField(model_name="incident", name="left_s"),
    ]
