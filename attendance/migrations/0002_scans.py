import django.db.models.deletion
from django.conf import settings
from django.db import connections, migrations, models


def take_from_web(apps, schema_editor):
    """Scans are evidence: the web's role adds and reads them, and neither changes nor removes one."""
    quoted = schema_editor.connection.ops.quote_name(connections["default"].settings_dict["USER"])
    schema_editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON attendance_scan, attendance_refusedscan FROM {quoted}")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_login_in_any_case"),
        ("attendance", "0001_rooms"),
        ("teaching", "0007_students"),
        ("university", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RefusedScan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("reason", models.CharField(max_length=20)),
                (
                    "method",
                    models.CharField(
                        choices=[("camera", "camera"), ("in_page", "scanner of the page"), ("typed", "typed code")],
                        max_length=10,
                    ),
                ),
                ("device", models.CharField(max_length=64)),
                ("on_campus", models.BooleanField(null=True)),
                ("nonce", models.UUIDField(null=True)),
                ("request_id", models.UUIDField()),
                (
                    "lesson",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="refused_scans",
                        to="teaching.lesson",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="university.room",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "refused scan",
                "verbose_name_plural": "refused scans",
                "indexes": [models.Index(fields=["user", "-at"], name="attendance_refusedscan_user")],
                "constraints": [models.UniqueConstraint(fields=("nonce",), name="attendance_refusedscan_nonce")],
            },
        ),
        migrations.CreateModel(
            name="Scan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("is_late", models.BooleanField()),
                ("is_proven", models.BooleanField()),
                (
                    "method",
                    models.CharField(
                        choices=[("camera", "camera"), ("in_page", "scanner of the page"), ("typed", "typed code")],
                        max_length=10,
                    ),
                ),
                (
                    "proof",
                    models.CharField(
                        choices=[
                            ("now", "changing code"),
                            ("previous", "changing code, the one before"),
                            ("room", "the room's code only"),
                            ("meeting", "code of the lesson"),
                        ],
                        max_length=10,
                    ),
                ),
                ("device", models.CharField(max_length=64)),
                ("on_campus", models.BooleanField(null=True)),
                ("nonce", models.UUIDField()),
                ("request_id", models.UUIDField()),
                (
                    "lesson",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scans",
                        to="teaching.lesson",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="university.room",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="scans", to="accounts.student"
                    ),
                ),
            ],
            options={
                "verbose_name": "scan",
                "verbose_name_plural": "scans",
                "indexes": [models.Index(fields=["device", "lesson"], name="attendance_scan_device")],
                "constraints": [
                    models.UniqueConstraint(fields=("lesson", "student"), name="attendance_scan_one"),
                    models.UniqueConstraint(fields=("nonce",), name="attendance_scan_nonce"),
                    models.CheckConstraint(
                        condition=models.Q(("method__in", ["camera", "in_page", "typed"])),
                        name="attendance_scan_method_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("proof__in", ["now", "previous", "room", "meeting"])),
                        name="attendance_scan_proof_known",
                    ),
                ],
            },
        ),
        migrations.RunPython(take_from_web, migrations.RunPython.noop),
    ]
