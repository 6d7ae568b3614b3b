import django.db.models.deletion
import django.utils.timezone
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def checked_when_made(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("returns", "Revision").objects.update(checked_at=models.F("made_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("returns", "0005_when_touched"),
    ]

    operations = [
        migrations.AddField(
            model_name="revision",
            name="checked_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AddField(
            model_name="revision",
            name="data_of",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="checked_again",
                to="returns.revision",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("uploaded", "uploaded"),
                    ("added on screen", "added on screen"),
                    ("upload refused", "upload refused"),
                    ("upload failed", "upload failed"),
                    ("edited", "edited"),
                    ("noted", "noted"),
                    ("exported", "exported"),
                    ("submitted", "submitted"),
                    ("withdrawn", "withdrawn"),
                    ("deleted", "deleted"),
                    ("approved", "approved"),
                    ("rejected", "rejected"),
                    ("authorised", "authorised"),
                    ("reopened", "reopened"),
                    ("checked again", "checked again"),
                    ("OK given", "OK given"),
                    ("OK undone", "OK undone"),
                    ("asked", "asked"),
                    ("answered", "answered"),
                    ("question closed", "question closed"),
                ],
                max_length=20,
            ),
        ),
        migrations.RunPython(checked_when_made, migrations.RunPython.noop),
    ]
