import django.db.models.deletion
from django.db import connections, migrations, models

GUARD = """
CREATE FUNCTION attendance_guard_provenscan() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM attendance_scan s WHERE s.id = NEW.scan_id AND NOT s.is_proven) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'attendance_provenscan_of_unproven',
            MESSAGE = format('scan %s needs no proof (§4.2)', NEW.scan_id);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attendance_provenscan_guard BEFORE INSERT OR UPDATE ON attendance_provenscan
    FOR EACH ROW EXECUTE FUNCTION attendance_guard_provenscan();
"""
UNGUARD = "DROP FUNCTION attendance_guard_provenscan() CASCADE"


def take_from_web(apps, schema_editor):
    """A proof is evidence as the scan is: the web's role adds and reads it, and neither changes nor removes it."""
    quoted = schema_editor.connection.ops.quote_name(connections["default"].settings_dict["USER"])
    schema_editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON attendance_provenscan FROM {quoted}")


class Migration(migrations.Migration):
    dependencies = [
        ("attendance", "0002_scans"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProvenScan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("is_late", models.BooleanField()),
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
                    "scan",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="proven", to="attendance.scan"
                    ),
                ),
            ],
            options={
                "verbose_name": "proof of a scan",
                "verbose_name_plural": "proofs of scans",
                "indexes": [models.Index(fields=["device"], name="attendance_provenscan_device")],
                "constraints": [
                    models.UniqueConstraint(fields=("nonce",), name="attendance_provenscan_nonce"),
                    models.CheckConstraint(
                        condition=models.Q(("method__in", ["camera", "in_page", "typed"])),
                        name="attendance_provenscan_method_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("proof__in", ["now", "previous", "meeting"])),
                        name="attendance_provenscan_proves",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunPython(take_from_web, migrations.RunPython.noop),
    ]
