"""An index for the queues, which list the newest uploads of all returns."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("returns", "0006_checked_again")]

    operations = [
        migrations.AddIndex("upload", models.Index(fields=["-created_at", "-id"], name="upload_by_time")),
    ]
