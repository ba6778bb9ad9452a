"""Events know the kind of their device, and are found by place, kind and type, and by device and type."""

from django.db import migrations, models

KINDS = (
    "UPDATE intake_deviceevent SET kind = "
    "(SELECT kind FROM devices_device WHERE devices_device.id = intake_deviceevent.device_id)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0003_pending_device"),
        ("intake", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="deviceevent", name="device_event_by_device"),
        migrations.AddField(
            model_name="deviceevent",
            name="kind",
            field=models.CharField(default="", max_length=16, verbose_name="device's kind then"),
            preserve_default=False,
        ),
        migrations.RunSQL(KINDS, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="deviceevent",
            index=models.Index(fields=["device", "type", "id"], name="device_event_by_device"),
        ),
        migrations.AddIndex(
            model_name="deviceevent",
            index=models.Index(fields=["code", "kind", "type", "id"], name="device_event_by_code"),
        ),
    ]
