"""The record is read by place and by actor without reading the rest."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="code",
            field=models.CharField(blank=True, max_length=15, verbose_name="jurisdiction"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["code", "action", "id"], name="audit_by_place"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["actor_name", "id"], name="audit_by_actor"),
        ),
    ]
