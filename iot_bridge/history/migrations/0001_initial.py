"""Counts by the hour, and for how long the history is kept."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Counted",
            fields=[
                (
                    "what",
                    models.CharField(
                        max_length=8, primary_key=True, serialize=False, verbose_name="what"
                    ),
                ),
                ("through", models.BigIntegerField(default=0, verbose_name="last row counted")),
            ],
            options={
                "verbose_name": "mark of the hourly counts",
                "verbose_name_plural": "marks of the hourly counts",
            },
        ),
        migrations.CreateModel(
            name="Retention",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("face_gate", "events of face gates"),
                            ("wifi_probe", "events of Wi-Fi probes"),
                            ("fire_lane", "events of fire-lane sensors"),
                            ("panic_button", "events of panic buttons"),
                            ("smoke", "events of smoke detectors"),
                            ("camera", "events of cameras"),
                            ("patrol_terminal", "events of patrol terminals"),
                            ("alarms", "closed alarms, from their closing"),
                            ("dead_letters", "dead letters that are settled"),
                            ("counts", "counts by the hour"),
                        ],
                        max_length=24,
                        unique=True,
                        verbose_name="what",
                    ),
                ),
                (
                    "days",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(36500),
                        ],
                        verbose_name="kept for so many days",
                    ),
                ),
            ],
            options={
                "verbose_name": "retention",
                "verbose_name_plural": "retentions",
                "ordering": ["what"],
            },
        ),
        migrations.CreateModel(
            name="HourlyCount",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=9, verbose_name="jurisdiction")),
                (
                    "what",
                    models.CharField(
                        choices=[("event", "events"), ("alarm", "alarms")],
                        max_length=8,
                        verbose_name="what",
                    ),
                ),
                ("hour", models.DateTimeField(verbose_name="hour")),
                ("name", models.CharField(max_length=24, verbose_name="type or severity")),
                ("count", models.PositiveIntegerField(verbose_name="count")),
            ],
            options={
                "verbose_name": "hourly count",
                "verbose_name_plural": "hourly counts",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("code", "what", "hour", "name"), name="one_hourly_count"
                    )
                ],
            },
        ),
    ]
