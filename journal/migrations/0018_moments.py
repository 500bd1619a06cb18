"""The moment that a row gives itself lies near the database's own clock (law 3, law 4).

A module's deadline and a reopening judge a row by its `at`; so who writes by SQL could say an earlier one. Whether the
database judges moments is the answer of a function that only the owner replaces: `migrate` does, by the setting.
"""

from django.conf import settings
from django.db import migrations

# What is under seal and says when it was written; `True`: it changes, each time with a new version.
TABLES = {
    "journal_appeal": True,
    "journal_commission": True,
    "journal_exam": True,
    "journal_finalresult": True,
    "journal_finalsheet": True,
    "journal_mark": True,
    "journal_modulepoint": True,
    "journal_modulesheet": True,
    "journal_reopening": True,
    "journal_schemechoice": True,
    "journal_selfstudymark": True,
    "journal_selfstudytask": True,
    "journal_sheetconfirmation": False,
    "journal_sheetcorrection": True,
    "journal_sheetedition": False,
    "journal_stateexam": True,
    "journal_thesis": True,
}
# An hour: the clocks of two machines, and a long piece of work that read the clock when it began. The day's seal is
# made an hour after midnight for the same reason.
_IS_FAR = (
    "journal_moments_are_judged() AND (NEW.at < clock_timestamp() - interval '1 hour'"
    " OR NEW.at > clock_timestamp() + interval '1 hour')"
)

JUDGED = (
    "CREATE FUNCTION journal_moments_are_judged() RETURNS boolean LANGUAGE sql IMMUTABLE"
    f" RETURN {'true' if settings.MOMENTS_ARE_JUDGED else 'false'};"
)
FORWARDS = (
    JUDGED
    + """
CREATE FUNCTION journal_refuse_moment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_moment_is_now',
        MESSAGE = format('%s %s: it is written now, and says %s (law 4)', TG_TABLE_NAME, NEW.id, NEW.at);
END $$;
"""
    + "".join(
        f"CREATE TRIGGER journal_moment_made AFTER INSERT ON {table} FOR EACH ROW"
        f" WHEN ({_IS_FAR}) EXECUTE FUNCTION journal_refuse_moment();\n"
        for table in TABLES
    )
    + "".join(
        f"CREATE TRIGGER journal_moment_changed AFTER UPDATE ON {table} FOR EACH ROW"
        f" WHEN (NEW.version <> OLD.version AND {_IS_FAR}) EXECUTE FUNCTION journal_refuse_moment();\n"
        for table, changes in TABLES.items()
        if changes
    )
)
BACKWARDS = (
    "".join(f"DROP TRIGGER journal_moment_changed ON {table};\n" for table, changes in TABLES.items() if changes)
    + "".join(f"DROP TRIGGER journal_moment_made ON {table};\n" for table in TABLES)
    + "DROP FUNCTION journal_refuse_moment();\nDROP FUNCTION journal_moments_are_judged();\n"
)


class Migration(migrations.Migration):
    dependencies = [("journal", "0017_corrections")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
