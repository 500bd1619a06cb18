"""Who taught is a fact of the lesson (§3.5h): it does not change under a closed module (law 3, §4.3), and a
substitution under which the substitute has entered marks is not taken back."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION journal_guard_substitutions() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    one teaching_substitution%ROWTYPE;
    day date;
BEGIN
    IF TG_OP = 'INSERT' THEN
        one := NEW;
    ELSE
        one := OLD;
    END IF;
    SELECT l.date INTO day FROM teaching_lesson l WHERE l.id = one.lesson_id;
    -- Takes the shared locks of the lesson's courses before it reads their sheets.
    PERFORM journal_guard_lesson_days(one.lesson_id, NULL, ARRAY[day]);
    IF TG_OP <> 'INSERT' AND EXISTS (
        SELECT 1 FROM journal_mark m JOIN accounts_teacher t ON t.user_id = m.by_id
        WHERE m.lesson_id = one.lesson_id AND t.id = one.substitute_id AND m.presence IS NOT NULL
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_substitution_filled',
            MESSAGE = format('the substitute has filled lesson %s: the substitution stays (§3.5h)', one.lesson_id);
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER journal_substitution_named BEFORE INSERT ON teaching_substitution FOR EACH ROW
    EXECUTE FUNCTION journal_guard_substitutions();
CREATE TRIGGER journal_substitution_withdrawn BEFORE UPDATE ON teaching_substitution FOR EACH ROW
    WHEN (OLD.withdrawn_at IS DISTINCT FROM NEW.withdrawn_at OR OLD.lesson_id <> NEW.lesson_id
          OR OLD.substitute_id <> NEW.substitute_id)
    EXECUTE FUNCTION journal_guard_substitutions();
CREATE TRIGGER journal_substitution_deleted BEFORE DELETE ON teaching_substitution FOR EACH ROW
    WHEN (OLD.withdrawn_at IS NULL)
    EXECUTE FUNCTION journal_guard_substitutions();
"""

BACKWARDS = """
DROP TRIGGER journal_substitution_deleted ON teaching_substitution;
DROP TRIGGER journal_substitution_withdrawn ON teaching_substitution;
DROP TRIGGER journal_substitution_named ON teaching_substitution;
DROP FUNCTION journal_guard_substitutions();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0004_plans"), ("teaching", "0005_substitution")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
