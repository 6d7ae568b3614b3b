"""When a return was last touched, and indexes for the lists of many returns."""

from django.db import migrations, models
from django.db.models import Max, OuterRef, Subquery


def fill(apps, schema_editor):
    """The time of the last event, for returns from before."""
    Return, Event = apps.get_model("returns", "Return"), apps.get_model("returns", "Event")
    last = (
        Event.objects.filter(data_return=OuterRef("pk"))
        .exclude(kind="exported")
        .order_by()
        .values("data_return")
        .annotate(last=Max("at"))
        .values("last")
    )
    Return.objects.update(touched_at=Subquery(last))


class Migration(migrations.Migration):
    dependencies = [("returns", "0004_ok_and_questions_in_events"), ("data_collections", "0001_initial")]

    operations = [
        migrations.AddField("return", "touched_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddIndex("return", models.Index(fields=["collection", "state"], name="return_by_state")),
        migrations.AddIndex("return", models.Index(fields=["collection", "touched_at"], name="return_by_touch")),
        migrations.AddIndex("return", models.Index(fields=["collection", "submitted_at"], name="return_by_submission")),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
