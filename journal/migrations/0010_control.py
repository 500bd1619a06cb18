"""Filling control reads the corrections of a month (§3.6)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journal", "0009_reopenings")]

    operations = [
        migrations.AddIndex(
            model_name="changeevent",
            index=models.Index(fields=["entity", "at"], name="journal_changeevent_at"),
        ),
    ]
