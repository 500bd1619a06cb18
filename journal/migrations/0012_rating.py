"""Rating schemes as data, and points that a teacher types (§1.8, §3.5d–f, §4.3); laws 3, 4 and 5 for them.

Schemes and scales never change, whoever asks: the sum of 100 and the maxima of §3.5e–f are judged once, at the end of
the transaction that makes them. Which scheme holds for which year does not change under a closed sheet.
"""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import connections, migrations, models

SCHEMES = """
CREATE FUNCTION journal_rating_stays() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'withdrawn_at' = to_jsonb(NEW) - 'withdrawn_at' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_rating_stays',
        MESSAGE = format('%s %s: a scheme or scale never changes, make a new one (§1.8)', TG_TABLE_NAME, OLD.id);
END $$;
CREATE TRIGGER journal_scale_stays BEFORE UPDATE OR DELETE ON journal_scale
    FOR EACH ROW EXECUTE FUNCTION journal_rating_stays();
CREATE TRIGGER journal_scalestep_stays BEFORE UPDATE OR DELETE ON journal_scalestep
    FOR EACH ROW EXECUTE FUNCTION journal_rating_stays();
CREATE TRIGGER journal_ratingscheme_stays BEFORE UPDATE OR DELETE ON journal_ratingscheme
    FOR EACH ROW EXECUTE FUNCTION journal_rating_stays();
CREATE TRIGGER journal_ratingcomponent_stays BEFORE UPDATE OR DELETE ON journal_ratingcomponent
    FOR EACH ROW EXECUTE FUNCTION journal_rating_stays();

CREATE FUNCTION journal_scale_is_used() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM journal_ratingscheme WHERE scale_id = NEW.scale_id) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_rating_stays',
            MESSAGE = format('scale %s is in use: a step more would change it (§1.8)', NEW.scale_id);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_scalestep_used BEFORE INSERT ON journal_scalestep
    FOR EACH ROW EXECUTE FUNCTION journal_scale_is_used();

-- What a component may give in a module: thirds are cut so that the modules' sum is the maximum exactly.
CREATE FUNCTION journal_component_cap(maximum numeric, own int, number int, modules int) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN own IS NOT NULL THEN CASE WHEN own = number THEN maximum ELSE 0 END
                ELSE round(maximum * number / modules, 2) - round(maximum * (number - 1) / modules, 2) END
$$;

-- Law 5, for a whole scheme: judged at the end of the transaction, when all its components are there. A component
-- that came later would break the sum.
CREATE FUNCTION journal_scheme_is_lawful() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    of_scheme bigint;
    scheme record;
    whole numeric;
    exams int;
    attendance numeric;
    achievement numeric;
BEGIN
    -- One that comes by a scheme's own row, or by a component's.
    of_scheme := CASE TG_TABLE_NAME WHEN 'journal_ratingscheme' THEN NEW.id
                                    ELSE (to_jsonb(NEW) ->> 'scheme_id')::bigint END;
    SELECT * INTO scheme FROM journal_ratingscheme WHERE id = of_scheme;
    SELECT coalesce(sum(maximum), 0), count(*) FILTER (WHERE source = 'exam') INTO whole, exams
    FROM journal_ratingcomponent WHERE scheme_id = of_scheme;
    IF whole <> 100 THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_ratingscheme_sum_100',
            MESSAGE = format('the maxima of scheme %s are %s together, not 100', scheme.code, whole);
    END IF;
    IF exams <> (CASE scheme.control_form WHEN 'exam' THEN 1 ELSE 0 END) OR EXISTS (
        SELECT 1 FROM journal_ratingcomponent WHERE scheme_id = of_scheme
           AND (module < 1 OR module > scheme.modules OR (source = 'exam' AND module IS NOT NULL))) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_ratingscheme_parts',
            MESSAGE = format('scheme %s has an exam or a module that does not belong to it', scheme.code);
    END IF;
    IF scheme.cap_scope = 'discipline' THEN
        SELECT sum(maximum) FILTER (WHERE source = 'auto_attendance'), sum(maximum) FILTER (WHERE source = 'auto_average')
        INTO attendance, achievement FROM journal_ratingcomponent WHERE scheme_id = of_scheme;
    ELSE
        SELECT max(of_attendance), max(of_achievement) INTO attendance, achievement FROM (
            SELECT sum(journal_component_cap(maximum, module, n.number, scheme.modules))
                       FILTER (WHERE source = 'auto_attendance') AS of_attendance,
                   sum(journal_component_cap(maximum, module, n.number, scheme.modules))
                       FILTER (WHERE source = 'auto_average') AS of_achievement
            FROM generate_series(1, scheme.modules) AS n (number)
            JOIN journal_ratingcomponent ON scheme_id = of_scheme GROUP BY n.number) by_module;
    END IF;
    IF attendance > (CASE scheme.control_form WHEN 'exam' THEN 8 ELSE 16 END)
       OR achievement > (CASE scheme.control_form WHEN 'exam' THEN 10 ELSE 20 END) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_ratingscheme_caps',
            MESSAGE = format('scheme %s exceeds the maxima of §3.5e–f', scheme.code);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_ratingscheme_lawful AFTER INSERT ON journal_ratingscheme
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_scheme_is_lawful();
CREATE CONSTRAINT TRIGGER journal_ratingcomponent_lawful AFTER INSERT ON journal_ratingcomponent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_scheme_is_lawful();

-- Law 3 for schemes: what a closed sheet was computed by stays chosen for its year. Closing holds the lock shared,
-- choosing exclusively: (3, 3) is `locks.NAMED`, `locks.RATING`.
CREATE FUNCTION journal_guard_choice() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    of_form text;
    since int;
    until int;
    bad record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        of_form := OLD.control_form; since := OLD.valid_from;
    ELSE
        of_form := NEW.control_form; since := NEW.valid_from;
        IF NOT EXISTS (SELECT 1 FROM journal_ratingscheme WHERE id = NEW.scheme_id AND control_form = of_form) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_schemechoice_same_form',
                MESSAGE = format('scheme %s is of another form of control', NEW.scheme_id);
        END IF;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.id, OLD.control_form, OLD.valid_from) IS DISTINCT FROM (NEW.id, NEW.control_form, NEW.valid_from) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_schemechoice_stays_in_place',
                MESSAGE = format('choice %s cannot move to another form or year', OLD.id);
        END IF;
        IF OLD.scheme_id = NEW.scheme_id THEN
            RETURN NEW;
        END IF;
    END IF;
    PERFORM pg_advisory_xact_lock(3, 3);
    SELECT min(valid_from) INTO until FROM journal_schemechoice WHERE control_form = of_form AND valid_from > since;
    SELECT s.course_id, s.module_id INTO bad
    FROM journal_modulesheet s
    JOIN teaching_course c ON c.id = s.course_id AND c.control_form = of_form
    JOIN university_semester se ON se.id = c.semester_id
    JOIN university_academicyear y ON y.id = se.year_id
    WHERE s.state = 'closed' AND y.starts >= since AND (until IS NULL OR y.starts < until)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_scheme_in_use',
            MESSAGE = format('module %s of course %s was closed under the scheme of that year (§1.8, §4.3)',
                             bad.module_id, bad.course_id);
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER journal_schemechoice_guard BEFORE INSERT OR UPDATE OR DELETE ON journal_schemechoice
    FOR EACH ROW EXECUTE FUNCTION journal_guard_choice();
CREATE TRIGGER journal_schemechoice_history AFTER UPDATE OR DELETE ON journal_schemechoice
    FOR EACH ROW EXECUTE FUNCTION journal_record_change();

CREATE FUNCTION journal_sheet_holds_scheme() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(3, 3);
    RETURN NEW;
END $$;
CREATE TRIGGER journal_sheet_scheme BEFORE INSERT OR UPDATE ON journal_modulesheet
    FOR EACH ROW EXECUTE FUNCTION journal_sheet_holds_scheme();
"""

POINTS = """
CREATE FUNCTION journal_scheme_in(of_form text, of_year int) RETURNS bigint
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT scheme_id FROM journal_schemechoice WHERE control_form = of_form AND valid_from <= of_year
    ORDER BY valid_from DESC LIMIT 1
$$;

-- Which module of the scheme closes with a module of the calendar, and from which day it runs: a scheme of fewer
-- modules than the semester closes its last one with the semester's last, over all days that are left.
CREATE FUNCTION journal_module_place(of_course bigint, of_module bigint, OUT scheme bigint, OUT modules int,
                                     OUT number int, OUT since date, OUT until date)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT rs.id, rs.modules,
           CASE WHEN rs.modules >= k.n THEN k.rank WHEN k.rank = k.n THEN rs.modules
                WHEN k.rank < rs.modules THEN k.rank END,
           CASE WHEN k.rank = k.n AND rs.modules < k.n THEN
                (SELECT m.starts_on FROM university_module m WHERE m.semester_id = c.semester_id
                 ORDER BY m.number OFFSET rs.modules - 1 LIMIT 1) ELSE k.starts_on END,
           k.ends_on
    FROM teaching_course c
    JOIN university_semester se ON se.id = c.semester_id
    JOIN university_academicyear y ON y.id = se.year_id
    JOIN journal_ratingscheme rs ON rs.id = journal_scheme_in(c.control_form, y.starts)
    JOIN LATERAL (
        SELECT m.id, m.starts_on, m.ends_on, (row_number() OVER (ORDER BY m.number))::int AS rank,
               (count(*) OVER ())::int AS n
        FROM university_module m WHERE m.semester_id = c.semester_id) k ON k.id = of_module
    WHERE c.id = of_course
$$;

-- Null where no scheme is known: then the program's shipped one holds, and it judges.
CREATE FUNCTION journal_point_cap(of_course bigint, of_module bigint, of_source text) RETURNS numeric
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT coalesce(sum(journal_component_cap(rc.maximum, rc.module, place.number, place.modules)), 0)
    FROM journal_module_place(of_course, of_module) place
    LEFT JOIN journal_ratingcomponent rc ON rc.scheme_id = place.scheme AND rc.source = of_source
    WHERE place.scheme IS NOT NULL
    GROUP BY place.scheme
$$;

-- Points are of no lesson: a reopening of any lesson of the module, for the student, lets them pass.
CREATE FUNCTION journal_points_reopened(of_course bigint, of_module bigint, of_student bigint, moment timestamptz)
RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM journal_reopening r
        JOIN teaching_workload w ON w.id = r.workload_id AND w.course_id = of_course
        JOIN journal_reopeningstudent rs ON rs.reopening_id = r.id AND rs.student_id = of_student
        JOIN journal_reopeninglesson rl ON rl.reopening_id = r.id
        JOIN teaching_lesson l ON l.id = rl.lesson_id
        JOIN university_module mo ON mo.id = of_module
        LEFT JOIN LATERAL journal_module_place(of_course, of_module) place ON true
        WHERE r.state = 'open' AND r.until > moment
          AND l.date BETWEEN least(mo.starts_on, place.since) AND mo.ends_on)
$$;

CREATE FUNCTION journal_guard_points() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    semesters bigint[];
    courses bigint[];
    bad record;
BEGIN
    SELECT array_agg(c.semester_id), array_agg(c.id) INTO semesters, courses
    FROM (SELECT DISTINCT course_id FROM changed) x JOIN teaching_course c ON c.id = x.course_id;
    IF semesters IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM journal_share_locks(semesters, courses);
    SELECT s.course_id, s.module_id INTO bad
    FROM changed x
    JOIN journal_modulesheet s ON s.course_id = x.course_id AND s.module_id = x.module_id AND s.state = 'closed'
    WHERE TG_OP = 'DELETE' OR x.source <> 'correction'
       OR NOT journal_points_reopened(x.course_id, x.module_id, x.student_id, x.at)
    LIMIT 1;
    IF FOUND THEN
        PERFORM journal_raise_closed(bad.course_id, bad.module_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER journal_modulepoint_closed_insert AFTER INSERT ON journal_modulepoint
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_points();
CREATE TRIGGER journal_modulepoint_closed_update AFTER UPDATE ON journal_modulepoint
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_points();
CREATE TRIGGER journal_modulepoint_closed_delete AFTER DELETE ON journal_modulepoint
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION journal_guard_points();

CREATE FUNCTION journal_modulepoint_within() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.id, OLD.course_id, OLD.module_id, OLD.student_id, OLD.component)
       IS DISTINCT FROM (NEW.id, NEW.course_id, NEW.module_id, NEW.student_id, NEW.component) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_modulepoint_stays_in_place',
            MESSAGE = format('points %s cannot move to another student, module or component', OLD.id);
    END IF;
    IF TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT 1 FROM teaching_course c JOIN university_module m ON m.semester_id = c.semester_id
        WHERE c.id = NEW.course_id AND m.id = NEW.module_id) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_modulepoint_same_semester',
            MESSAGE = 'the module belongs to another semester than the course';
    END IF;
    IF NEW.value > journal_point_cap(NEW.course_id, NEW.module_id, NEW.component) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'journal_modulepoint_cap',
            MESSAGE = format('the scheme of course %s has a smaller maximum there', NEW.course_id);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_modulepoint_within BEFORE INSERT OR UPDATE ON journal_modulepoint
    FOR EACH ROW EXECUTE FUNCTION journal_modulepoint_within();
CREATE TRIGGER journal_modulepoint_history AFTER UPDATE OR DELETE ON journal_modulepoint
    FOR EACH ROW EXECUTE FUNCTION journal_record_change();
"""

FORWARDS = SCHEMES + POINTS

BACKWARDS = """
DROP TRIGGER journal_modulepoint_history ON journal_modulepoint;
DROP TRIGGER journal_modulepoint_within ON journal_modulepoint;
DROP FUNCTION journal_modulepoint_within();
DROP TRIGGER journal_modulepoint_closed_delete ON journal_modulepoint;
DROP TRIGGER journal_modulepoint_closed_update ON journal_modulepoint;
DROP TRIGGER journal_modulepoint_closed_insert ON journal_modulepoint;
DROP FUNCTION journal_guard_points();
DROP FUNCTION journal_points_reopened(bigint, bigint, bigint, timestamptz);
DROP FUNCTION journal_point_cap(bigint, bigint, text);
DROP FUNCTION journal_module_place(bigint, bigint);
DROP FUNCTION journal_scheme_in(text, int);
DROP TRIGGER journal_sheet_scheme ON journal_modulesheet;
DROP FUNCTION journal_sheet_holds_scheme();
DROP TRIGGER journal_schemechoice_history ON journal_schemechoice;
DROP TRIGGER journal_schemechoice_guard ON journal_schemechoice;
DROP FUNCTION journal_guard_choice();
DROP TRIGGER journal_ratingcomponent_lawful ON journal_ratingcomponent;
DROP TRIGGER journal_ratingscheme_lawful ON journal_ratingscheme;
DROP FUNCTION journal_scheme_is_lawful();
DROP FUNCTION journal_component_cap(numeric, int, int, int);
DROP TRIGGER journal_scalestep_used ON journal_scalestep;
DROP FUNCTION journal_scale_is_used();
DROP TRIGGER journal_ratingcomponent_stays ON journal_ratingcomponent;
DROP TRIGGER journal_ratingscheme_stays ON journal_ratingscheme;
DROP TRIGGER journal_scalestep_stays ON journal_scalestep;
DROP TRIGGER journal_scale_stays ON journal_scale;
DROP FUNCTION journal_rating_stays();
"""

# What is shipped, in plain numbers (§3.5e–f; journal/rules/rating_presets.py says the same, and a test compares).
_FIVE = ("excellent", "good", "satisfactory", "unsatisfactory")
SCALES = (
    (
        "letters",
        ("Тамгалуу шкала", "Буквенная шкала", "Letter scale"),
        (
            (87, "A", 5, "4.00", "excellent"),
            (80, "B", 4, "3.33", "good"),
            (74, "C", 4, "3.00", "good"),
            (68, "D", 3, "2.33", "satisfactory"),
            (61, "E", 3, "2.00", "satisfactory"),
            (31, "FX", 2, "0.00", "unsatisfactory_retake"),
            (0, "F", 2, "0.00", "unsatisfactory_repeat"),
        ),
    ),
    (
        "kgma",
        ("60 / 76 / 86 шкаласы (КММА)", "Шкала 60 / 76 / 86 (КГМА)", "Scale 60 / 76 / 86 (KSMA)"),
        tuple((low, "", 5 - n, None, _FIVE[n]) for n, low in enumerate((86, 76, 60, 0))),
    ),
    (
        "ism",
        ("60 / 76 / 90 шкаласы (ЭМЖМ)", "Шкала 60 / 76 / 90 (МВШМ)", "Scale 60 / 76 / 90 (ISM)"),
        tuple((low, "", 5 - n, None, _FIVE[n]) for n, low in enumerate((90, 76, 60, 0))),
    ),
    (
        "oshimu",
        ("61 / 74 / 85 шкаласы (ОшЭМУ)", "Шкала 61 / 74 / 85 (ОшММУ)", "Scale 61 / 74 / 85 (OshIMU)"),
        tuple((low, "", 5 - n, None, _FIVE[n]) for n, low in enumerate((85, 74, 61, 0))),
    ),
)
_ATTENDANCE = ("auto_attendance", ("Катышуу", "Посещаемость", "Attendance"))
_ACHIEVEMENT = ("auto_average", ("Жетишүү", "Успеваемость", "Achievement"))
_SELF_STUDY = ("self_study", ("СӨИ", "СРС", "Self-study"))
_CONTROL = ("manual", ("Аралык текшерүү", "Рубежный контроль", "Intermediate control"))
_EXAM = ("exam", ("Экзамен", "Экзамен", "Exam"))


def _whole(attendance, achievement, self_study, controls, exam):
    """Components whose maxima are of the discipline: (code, kind, maximum, module)."""
    found = [
        ("attendance", _ATTENDANCE, attendance, None),
        ("achievement", _ACHIEVEMENT, achievement, None),
        ("self_study", _SELF_STUDY, self_study, None),
    ]
    found += [(f"control_{number}", _CONTROL, value, number) for number, value in enumerate(controls, start=1)]
    return found + ([("exam", _EXAM, exam, None)] if exam else [])


def _by_module(attendance, achievement, control, exam):
    found = []
    for number in (1, 2):
        found += [
            (f"attendance_{number}", _ATTENDANCE, attendance, number),
            (f"achievement_{number}", _ACHIEVEMENT, achievement, number),
            (f"control_{number}", _CONTROL, control, number),
        ]
    return found + ([("exam", _EXAM, exam, None)] if exam else [])


NAMES = {
    "P1": ("Негизги: чектер дисциплинага", "Основная: пределы на дисциплину", "Default: maxima for the discipline"),
    "P2": ("Чектер ар бир модулга", "Пределы на каждый модуль", "Maxima for each module"),
    "P3": ("Экзаменге 50 балл", "50 баллов за экзамен", "50 points for the exam"),
    "P4": ("Бир модуль", "Один модуль", "One module"),
}
# (code, form of control, modules, scope of the maxima, components)
SHIPPED = (
    ("P1", "exam", 2, "discipline", _whole(8, 10, 12, (15, 15), 40)),
    ("P1", "credit", 2, "discipline", _whole(16, 20, 24, (20, 20), 0)),
    ("P2", "exam", 2, "module", _by_module(8, 10, 12, 40)),
    ("P2", "credit", 2, "module", _by_module(16, 20, 14, 0)),
    ("P3", "exam", 2, "discipline", _whole(8, 10, 12, (10, 10), 50)),
    ("P3", "credit", 2, "discipline", _whole(16, 20, 24, (20, 20), 0)),
    ("P4", "exam", 1, "discipline", _whole(8, 10, 12, (30,), 40)),
    ("P4", "credit", 1, "discipline", _whole(16, 20, 24, (40,), 0)),
)
SINCE = 2000  # the shipped choice holds from before any academic year of the journal


def _named(names):
    return dict(zip(("name_ky", "name_ru", "name_en"), names, strict=True))


def ship(apps, schema_editor):
    """The four scales, the schemes P1–P4, and P1 as the one that holds."""
    using = schema_editor.connection.alias
    at = datetime(2026, 9, 1, tzinfo=UTC)
    scales = {}
    for code, names, steps in SCALES:
        scales[code] = apps.get_model("journal", "Scale").objects.using(using).create(code=code, **_named(names))
        apps.get_model("journal", "ScaleStep").objects.using(using).bulk_create(
            apps.get_model("journal", "ScaleStep")(
                scale=scales[code],
                low=Decimal(low),
                letter=letter,
                traditional=traditional,
                gpa=None if gpa is None else Decimal(gpa),
                passes=traditional > 2,
                word=word,
            )
            for low, letter, traditional, gpa, word in steps
        )
    component_of = apps.get_model("journal", "RatingComponent")
    for code, form, modules, scope, components in SHIPPED:
        scheme = (
            apps.get_model("journal", "RatingScheme")
            .objects.using(using)
            .create(
                code=code,
                control_form=form,
                modules=modules,
                cap_scope=scope,
                rounding="half_up",
                excused="exclude",
                absence_in_mean="ignore",
                late="attended",
                scale=scales["letters"],
                made_at=at,
                **_named(NAMES[code]),
            )
        )
        component_of.objects.using(using).bulk_create(
            component_of(
                scheme=scheme,
                code=own,
                source=source,
                maximum=Decimal(maximum),
                module=module,
                position=position,
                **_named(names),
            )
            for position, (own, (source, names), maximum, module) in enumerate(components)
        )
        if code == "P1":
            apps.get_model("journal", "SchemeChoice").objects.using(using).create(
                control_form=form,
                valid_from=SINCE,
                scheme=scheme,
                at=at,
                source="import",
                request_id=uuid.UUID(int=0),
            )
    # Judged now: the tables cannot be altered while a row waits for its judgment.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def take_from_web(apps, schema_editor):
    """The web's role makes schemes and choices, and takes none away; typed points it never deletes."""
    quoted = schema_editor.connection.ops.quote_name(connections["default"].settings_dict["USER"])
    schema_editor.execute(
        "REVOKE DELETE, TRUNCATE ON journal_scale, journal_scalestep, journal_ratingscheme, journal_ratingcomponent,"
        f" journal_schemechoice, journal_modulepoint FROM {quoted}"
    )
    schema_editor.execute(f"REVOKE UPDATE ON journal_scale, journal_scalestep, journal_ratingcomponent FROM {quoted}")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_login_in_any_case"),
        ("journal", "0011_seals"),
        ("teaching", "0007_students"),
        ("university", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Scale",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name_ky", models.CharField(max_length=120, verbose_name="name in Kyrgyz")),
                ("name_ru", models.CharField(blank=True, max_length=120, verbose_name="name in Russian")),
                ("name_en", models.CharField(blank=True, max_length=120, verbose_name="name in English")),
                ("code", models.SlugField(max_length=30, unique=True, verbose_name="code")),
            ],
            options={
                "verbose_name": "scale",
                "verbose_name_plural": "scales",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="RatingScheme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name_ky", models.CharField(max_length=120, verbose_name="name in Kyrgyz")),
                ("name_ru", models.CharField(blank=True, max_length=120, verbose_name="name in Russian")),
                ("name_en", models.CharField(blank=True, max_length=120, verbose_name="name in English")),
                ("code", models.SlugField(max_length=30, verbose_name="code")),
                (
                    "control_form",
                    models.CharField(
                        choices=[("exam", "exam"), ("credit", "credit test")],
                        max_length=10,
                        verbose_name="control form",
                    ),
                ),
                ("modules", models.PositiveSmallIntegerField(verbose_name="modules")),
                (
                    "cap_scope",
                    models.CharField(
                        choices=[("discipline", "for the discipline"), ("module", "inside each module")],
                        max_length=10,
                        verbose_name="maxima of §3.5e–f hold",
                    ),
                ),
                (
                    "rounding",
                    models.CharField(
                        choices=[
                            ("half_up", "half up, to a whole point"),
                            ("floor", "down, to a whole point"),
                            ("ceil", "up, to a whole point"),
                            ("none", "not rounded"),
                        ],
                        max_length=10,
                        verbose_name="rounding of the total",
                    ),
                ),
                (
                    "excused",
                    models.CharField(
                        choices=[
                            ("exclude", "are left out"),
                            ("as_present", "count as attended"),
                            ("as_absent", "count as missed"),
                        ],
                        max_length=10,
                        verbose_name="excused absences",
                    ),
                ),
                (
                    "absence_in_mean",
                    models.CharField(
                        choices=[("ignore", "are not in the mean"), ("zero", "are a zero in the mean")],
                        max_length=10,
                        verbose_name="absences that are neither excused nor made up",
                    ),
                ),
                (
                    "late",
                    models.CharField(
                        choices=[
                            ("attended", "count as attended"),
                            ("half", "count as half attended"),
                            ("absent", "count as missed"),
                        ],
                        max_length=10,
                        verbose_name="late arrivals",
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_from",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="copies",
                        to="journal.ratingscheme",
                    ),
                ),
                (
                    "scale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="schemes",
                        to="journal.scale",
                        verbose_name="scale",
                    ),
                ),
            ],
            options={
                "verbose_name": "rating scheme",
                "verbose_name_plural": "rating schemes",
                "ordering": ["control_form", "id"],
            },
        ),
        migrations.CreateModel(
            name="ScaleStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("low", models.DecimalField(decimal_places=2, max_digits=5, verbose_name="from points")),
                ("letter", models.CharField(blank=True, max_length=3, verbose_name="letter")),
                ("traditional", models.PositiveSmallIntegerField(verbose_name="grade")),
                ("gpa", models.DecimalField(decimal_places=2, max_digits=3, null=True)),
                ("passes", models.BooleanField(verbose_name="passes")),
                ("word", models.CharField(max_length=30)),
                (
                    "scale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="journal.scale"
                    ),
                ),
            ],
            options={
                "ordering": ["-low"],
            },
        ),
        migrations.CreateModel(
            name="SchemeChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "control_form",
                    models.CharField(
                        choices=[("exam", "exam"), ("credit", "credit test")],
                        max_length=10,
                        verbose_name="control form",
                    ),
                ),
                ("valid_from", models.PositiveSmallIntegerField(verbose_name="from the academic year")),
                ("version", models.PositiveIntegerField(default=1)),
                ("at", models.DateTimeField()),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("web", "on the page"),
                            ("import", "by import"),
                            ("scan", "by scan"),
                            ("correction", "as a correction"),
                        ],
                        max_length=10,
                    ),
                ),
                ("request_id", models.UUIDField()),
                ("reason", models.CharField(blank=True, default="", max_length=300, verbose_name="reason")),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "scheme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="choices", to="journal.ratingscheme"
                    ),
                ),
            ],
            options={
                "verbose_name": "choice of a rating scheme",
                "verbose_name_plural": "choices of rating schemes",
                "ordering": ["control_form", "-valid_from"],
            },
        ),
        migrations.CreateModel(
            name="ModulePoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1)),
                ("at", models.DateTimeField()),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("web", "on the page"),
                            ("import", "by import"),
                            ("scan", "by scan"),
                            ("correction", "as a correction"),
                        ],
                        max_length=10,
                    ),
                ),
                ("request_id", models.UUIDField()),
                ("reason", models.CharField(blank=True, default="", max_length=300, verbose_name="reason")),
                (
                    "component",
                    models.CharField(
                        choices=[("manual", "intermediate control"), ("self_study", "self-study")], max_length=20
                    ),
                ),
                ("value", models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name="points")),
                ("entered_at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="module_points", to="teaching.course"
                    ),
                ),
                (
                    "module",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="points",
                        to="university.module",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="module_points", to="accounts.student"
                    ),
                ),
            ],
            options={
                "verbose_name": "points of a module",
                "verbose_name_plural": "points of modules",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("course", "module", "student", "component"), name="journal_modulepoint_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("value__isnull", True), models.Q(("value__gte", 0), ("value__lte", 100)), _connector="OR"
                        ),
                        name="journal_modulepoint_value",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("component__in", ["manual", "self_study"])),
                        name="journal_modulepoint_component_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("version__gte", 1)), name="journal_modulepoint_version"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RatingComponent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name_ky", models.CharField(max_length=120, verbose_name="name in Kyrgyz")),
                ("name_ru", models.CharField(blank=True, max_length=120, verbose_name="name in Russian")),
                ("name_en", models.CharField(blank=True, max_length=120, verbose_name="name in English")),
                ("code", models.SlugField(max_length=30, verbose_name="code")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("auto_attendance", "attendance, counted from the journal"),
                            ("auto_average", "achievement, counted from the journal"),
                            ("self_study", "self-study"),
                            ("manual", "intermediate control"),
                            ("exam", "exam"),
                        ],
                        max_length=20,
                        verbose_name="source",
                    ),
                ),
                ("maximum", models.DecimalField(decimal_places=2, max_digits=5, verbose_name="maximum points")),
                ("module", models.PositiveSmallIntegerField(null=True, verbose_name="module")),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "scheme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="components",
                        to="journal.ratingscheme",
                    ),
                ),
            ],
            options={
                "verbose_name": "component of a rating scheme",
                "verbose_name_plural": "components of rating schemes",
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(fields=("scheme", "code"), name="journal_ratingcomponent_one"),
                    models.CheckConstraint(
                        condition=models.Q(("maximum__gt", 0), ("maximum__lte", 100)),
                        name="journal_ratingcomponent_maximum",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("source__in", ["auto_attendance", "auto_average", "self_study", "manual", "exam"])
                        ),
                        name="journal_ratingcomponent_source_known",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="ratingscheme",
            constraint=models.UniqueConstraint(fields=("code", "control_form"), name="journal_ratingscheme_one"),
        ),
        migrations.AddConstraint(
            model_name="ratingscheme",
            constraint=models.CheckConstraint(
                condition=models.Q(("modules__gte", 1), ("modules__lte", 4)), name="journal_ratingscheme_modules"
            ),
        ),
        migrations.AddConstraint(
            model_name="ratingscheme",
            constraint=models.CheckConstraint(
                condition=models.Q(("control_form__in", ["exam", "credit"])), name="journal_ratingscheme_form_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="ratingscheme",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("absence_in_mean__in", ["ignore", "zero"]),
                    ("cap_scope__in", ["discipline", "module"]),
                    ("excused__in", ["exclude", "as_present", "as_absent"]),
                    ("late__in", ["attended", "half", "absent"]),
                    ("rounding__in", ["half_up", "floor", "ceil", "none"]),
                ),
                name="journal_ratingscheme_words_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="scalestep",
            constraint=models.UniqueConstraint(fields=("scale", "low"), name="journal_scalestep_one"),
        ),
        migrations.AddConstraint(
            model_name="scalestep",
            constraint=models.CheckConstraint(
                condition=models.Q(("low__gte", 0), ("low__lte", 100)), name="journal_scalestep_low"
            ),
        ),
        migrations.AddConstraint(
            model_name="scalestep",
            constraint=models.CheckConstraint(
                condition=models.Q(("traditional__gte", 2), ("traditional__lte", 5)),
                name="journal_scalestep_traditional",
            ),
        ),
        migrations.AddConstraint(
            model_name="scalestep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "word__in",
                        [
                            "excellent",
                            "good",
                            "satisfactory",
                            "unsatisfactory",
                            "unsatisfactory_retake",
                            "unsatisfactory_repeat",
                        ],
                    )
                ),
                name="journal_scalestep_word_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="schemechoice",
            constraint=models.UniqueConstraint(fields=("control_form", "valid_from"), name="journal_schemechoice_one"),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RunPython(take_from_web, migrations.RunPython.noop),
        migrations.RunPython(ship, migrations.RunPython.noop),
    ]
