"""The days' seals (law 4): the web's role adds them, and changes and removes none."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import connections, migrations, models


def take_from_web(apps, schema_editor):
    quoted = schema_editor.connection.ops.quote_name(connections["default"].settings_dict["USER"])
    schema_editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON journal_dayseal, journal_sealblock FROM {quoted}")


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0010_control"),
    ]

    operations = [
        migrations.CreateModel(
            name="DaySeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True, verbose_name="day")),
                ("digest", models.CharField(max_length=64, unique=True, verbose_name="seal")),
                ("rows", models.PositiveIntegerField(verbose_name="rows")),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                (
                    "previous",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="journal.dayseal"
                    ),
                ),
            ],
            options={
                "verbose_name": "day's seal",
                "verbose_name_plural": "days' seals",
                "ordering": ["-day"],
            },
        ),
        migrations.CreateModel(
            name="SealBlock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=40)),
                ("first_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField()),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=63), size=None),
                ),
                ("ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("leaves", models.BinaryField()),
                (
                    "seal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="blocks", to="journal.dayseal"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="dayseal",
            constraint=models.CheckConstraint(
                condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")), name="journal_dayseal_digest"
            ),
        ),
        migrations.AddConstraint(
            model_name="dayseal",
            constraint=models.UniqueConstraint(
                fields=("previous",), name="journal_dayseal_one_chain", nulls_distinct=False
            ),
        ),
        migrations.AddIndex(
            model_name="sealblock",
            index=models.Index(fields=["entity", "-last_id"], name="journal_sealblock_of"),
        ),
        migrations.AddConstraint(
            model_name="sealblock",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_id__gte", models.F("first_id"))), name="journal_sealblock_range"
            ),
        ),
        migrations.AddConstraint(
            model_name="sealblock",
            constraint=models.UniqueConstraint(fields=("entity", "first_id"), name="journal_sealblock_once"),
        ),
        migrations.RunPython(take_from_web, migrations.RunPython.noop),
    ]
