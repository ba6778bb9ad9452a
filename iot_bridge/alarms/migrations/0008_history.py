"""Alarms are found by device, by condition, by place and by time without reading the others."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alarms", "0007_escalation"),
        ("devices", "0004_out_of_service"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="alarm",
            name="code",
            field=models.CharField(max_length=15, verbose_name="jurisdiction"),
        ),
        migrations.AlterField(
            model_name="alarm",
            name="device",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="alarms",
                to="devices.device",
                verbose_name="device",
            ),
        ),
        migrations.AddIndex(
            model_name="alarm",
            index=models.Index(
                condition=models.Q(("open", True)), fields=["id"], name="open_alarm_newest"
            ),
        ),
        migrations.AddIndex(
            model_name="alarm",
            index=models.Index(fields=["device", "id"], name="alarm_by_device"),
        ),
        migrations.AddIndex(
            model_name="alarm",
            index=models.Index(fields=["condition", "severity", "id"], name="alarm_by_condition"),
        ),
        migrations.AddIndex(
            model_name="alarm",
            index=models.Index(
                fields=["code", "condition", "severity", "id"], name="alarm_by_code"
            ),
        ),
        migrations.AddIndex(
            model_name="alarm",
            index=models.Index(fields=["raised_at"], name="alarm_by_time"),
        ),
    ]
