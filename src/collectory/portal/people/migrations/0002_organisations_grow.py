"""Organisations get a URN, a trust, a status with dates, a successor and a contact address."""

from __future__ import annotations

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def keep_what_was_closed(apps: Any, editor: Any) -> None:
    """What was not open before has the status closed."""
    apps.get_model("people", "Organisation").objects.filter(is_open=False).update(status="closed")


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.AddField("organisation", "authority_reads", models.BooleanField(default=False)),
        migrations.AddField("organisation", "opened_on", models.DateField(blank=True, null=True)),
        migrations.AddField("organisation", "closed_on", models.DateField(blank=True, null=True)),
        migrations.AddField(
            "organisation",
            "email",
            models.EmailField(blank=True, max_length=254, verbose_name="contact e-mail"),
        ),
        migrations.AddField(
            "organisation",
            "urn",
            models.CharField(blank=True, db_index=True, max_length=8, verbose_name="URN"),
        ),
        migrations.AddField(
            "organisation",
            "status",
            models.CharField(
                choices=[
                    ("proposed", "Proposed to open"),
                    ("open", "Open"),
                    ("closing", "Open, but proposed to close"),
                    ("closed", "Closed"),
                ],
                default="open",
                max_length=10,
            ),
        ),
        migrations.AddField(
            "organisation",
            "trust",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="trust_schools",
                to="people.organisation",
            ),
        ),
        migrations.AddField(
            "organisation",
            "successor",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="predecessors",
                to="people.organisation",
            ),
        ),
        migrations.RunPython(keep_what_was_closed, migrations.RunPython.noop),
        migrations.RemoveField("organisation", "is_open"),
        migrations.AddField(
            "organisation",
            "is_open",
            models.GeneratedField(
                db_persist=True,
                expression=models.Q(("status__in", ["open", "closing"])),
                output_field=models.BooleanField(),
            ),
        ),
    ]
