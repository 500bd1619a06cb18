"""What must be true of the whole journal at any moment (trials.md, I1–I8), each as one question to the database.

The constraints and triggers keep most of it; this looks whether they did, and whether they are still there.
Read by `manage.py check_journal`, every night by beat, and after every concurrency, fault and load test.
I4 is computed by the rules themselves, never by a second copy in SQL. I6 (scans) is laid down by attendance; I9 and I10
are asked by tests from outside.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from django.db import connections

from journal.selectors.differences import DIFFERING
from journal.selectors.sheets import totals_that_differ

EXAMPLES = 5

# What the database must have: without them the rows are true by luck.
TRIGGERS = (
    ("journal_mark", "journal_mark_history"),
    ("journal_mark", "journal_mark_stays_in_place"),
    ("journal_mark", "journal_mark_closed_insert"),
    ("journal_mark", "journal_mark_closed_update"),
    ("journal_mark", "journal_mark_closed_delete"),
    ("journal_mark", "journal_mark_cover_insert"),
    ("journal_mark", "journal_mark_cover_update"),
    ("journal_excusecover", "journal_excusecover_closed_insert"),
    ("journal_excusecover", "journal_excusecover_closed_delete"),
    ("journal_modulesheet", "journal_modulesheet_history"),
    ("journal_modulesheet", "journal_sheet_guard"),
    ("journal_selfstudytask", "journal_selfstudytask_closed"),
    ("journal_selfstudytask", "journal_selfstudytask_history_update"),
    ("journal_selfstudymark", "journal_selfstudymark_history"),
    ("journal_selfstudymark", "journal_selfstudymark_within"),
    ("journal_selfstudymark", "journal_selfstudymark_closed_insert"),
    ("journal_selfstudymark", "journal_selfstudymark_closed_update_to"),
    ("journal_submission", "journal_submission_closed_insert"),
    ("journal_sheetedition", "journal_sheetedition_stays"),
    ("journal_sheetedition", "journal_sheetedition_of_closing"),
    ("journal_sheetedition", "journal_sheetedition_maxima"),
    ("journal_moduletotal", "journal_moduletotal_stays"),
    ("journal_moduletotal", "journal_moduletotal_guard"),
    ("journal_finalsheet", "journal_finalsheet_guard"),
    ("journal_finalsheet", "journal_finalsheet_history"),
    ("journal_finalsheet", "journal_finalsheet_edition"),
    ("journal_finalresult", "journal_finalresult_guard"),
    ("journal_finalresult", "journal_finalresult_history"),
    ("journal_sheetcorrection", "journal_sheetcorrection_guard"),
    ("journal_sheetcorrection", "journal_sheetcorrection_history"),
    ("journal_sheetcorrection", "journal_sheetcorrection_made"),
    ("journal_correctionline", "journal_correctionline_stays"),
    ("journal_correctionline", "journal_correctionline_fits"),
    ("journal_sheetconfirmation", "journal_sheetconfirmation_stays"),
    ("journal_appeal", "journal_appeal_guard"),
    ("journal_appeal", "journal_appeal_history"),
    ("journal_reopening", "journal_reopening_guard"),
    ("journal_reopening", "journal_reopening_history"),
    ("journal_reopeninglesson", "journal_reopeninglesson_named"),
    ("journal_reopeningstudent", "journal_reopeningstudent_named"),
    ("teaching_lesson", "journal_lesson_closed_update"),
    ("teaching_lesson", "journal_lesson_closed_delete"),
    ("teaching_lesson", "teaching_lesson_moved"),
    ("teaching_lesson", "teaching_lesson_serves_a_workload"),
    ("teaching_lessonworkload", "teaching_lessonworkload_insert"),
    ("teaching_lessonworkload", "teaching_lessonworkload_update"),
    ("teaching_lessonworkload", "journal_lessonworkload_closed_insert"),
    ("teaching_lessonworkload", "journal_lessonworkload_closed_update_to"),
    ("teaching_lessonworkload", "journal_lessonworkload_closed_update_from"),
    ("teaching_lessonworkload", "journal_lessonworkload_closed_delete"),
    ("teaching_courseenrolment", "journal_courseenrolment_closed_insert"),
    ("teaching_courseenrolment", "journal_courseenrolment_closed_update"),
    ("teaching_courseenrolment", "journal_courseenrolment_closed_delete"),
    ("university_module", "journal_module_days"),
    ("university_module", "journal_module_comes"),
    ("teaching_workload", "journal_workload_closed"),
    ("teaching_course", "journal_course_closed"),
    ("journal_moduleconfirmation", "journal_moduleconfirmation_closed"),
    ("journal_modulesheet", "journal_modulesheet_stays"),
    ("journal_modulepoint", "journal_modulepoint_closed_update"),
    ("journal_schemechoice", "journal_schemechoice_guard"),
    ("journal_finalsheet", "journal_finalsheet_guard"),
    ("journal_finalresult", "journal_finalresult_guard"),
    ("journal_mark", "journal_moment_made"),
    ("journal_mark", "journal_moment_changed"),
    ("journal_modulepoint", "journal_moment_made"),
    ("journal_modulepoint", "journal_moment_changed"),
    ("journal_selfstudymark", "journal_moment_made"),
    ("journal_selfstudymark", "journal_moment_changed"),
    ("journal_mark", "journal_not_emptied"),
    ("journal_modulesheet", "journal_not_emptied"),
)


@dataclass(frozen=True, slots=True)
class Invariant:
    """A law: `sql` selects one text for each breach; `code` is stable."""

    code: str
    law: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about a law: how many breaches, the first few, and how long the looking took, in seconds."""

    code: str
    law: str
    count: int
    examples: list[str]
    seconds: float

    @property
    def holds(self) -> bool:
        return self.count == 0

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "law": self.law,
            "holds": self.holds,
            "count": self.count,
            "examples": self.examples,
            "seconds": round(self.seconds, 2),
        }


# The columns of a row that its history compares: the others say who made the change (journal 0002).
_OWN = "ARRAY['id', 'version', 'by_id', 'at', 'source', 'request_id', 'reason']"

# Who is on the roll of a lesson: enrolled in the course that day, and in the subgroup where the journal has one.
_ON_ROLL = """
    JOIN teaching_workload w ON w.id = {lw}.workload_id
    JOIN teaching_courseenrolment e ON e.course_id = w.course_id AND e.basis <> 'exempt'
     AND e.starts_on <= l.date AND (e.ends_on IS NULL OR e.ends_on >= l.date)
     AND (w.subgroup_id IS NULL OR e.subgroup_id = w.subgroup_id)
"""


def _history(entity: str) -> str:
    return f"""
        SELECT format('%%s %%s, version %%s: %%s', '{entity}', r.id, r.version,
                      CASE WHEN e.entity_id IS NULL THEN 'the last change has no event'
                           ELSE 'differs from its last event' END)
        FROM {entity} r
        LEFT JOIN journal_changeevent e ON e.entity = '{entity}' AND e.entity_id = r.id AND e.version = r.version
        WHERE r.version > 1 AND (e.entity_id IS NULL OR e.after IS DISTINCT FROM to_jsonb(r) - {_OWN})
        UNION ALL
        SELECT format('%%s %%s, version %%s, has %%s events', '{entity}', e.entity_id,
                      coalesce(r.version::text, 'gone'), e.events)
        FROM (SELECT entity_id, count(*) AS events FROM journal_changeevent
              WHERE entity = '{entity}' GROUP BY entity_id) e
        LEFT JOIN {entity} r ON r.id = e.entity_id
        WHERE r.id IS NULL OR e.events <> r.version - 1
    """  # noqa: S608 -- names of our own tables


# A sheet's closing as the database saw it (its event), else as the sheet says. The minute is for a sheet that was
# closed at once, by somebody who read the clock and then waited for the writers before him.
_CLOSED = """
    WITH closed AS (
        SELECT s.course_id, s.module_id, mo.starts_on, mo.ends_on, s.closed_at + interval '1 minute' AS said_at,
               coalesce((SELECT max(e.recorded_at) FROM journal_changeevent e
                         WHERE e.entity = 'journal_modulesheet' AND e.entity_id = s.id
                           AND e.after ->> 'state' = 'closed'),
                        s.closed_at + interval '1 minute') AS recorded_at
        FROM journal_modulesheet s JOIN university_module mo ON mo.id = s.module_id WHERE s.state = 'closed'),
    under AS (
        SELECT l.id AS lesson_id, w.id AS workload_id, c.said_at, c.recorded_at
        FROM closed c
        JOIN teaching_workload w ON w.course_id = c.course_id
        JOIN teaching_lessonworkload lw ON lw.workload_id = w.id
        JOIN teaching_lesson l ON l.id = lw.lesson_id AND l.date BETWEEN c.starts_on AND c.ends_on)
"""

# Made as a correction within the time of a reopening that names this lesson and this student.
_UNDER_REOPENING = """({row}.source = 'correction' AND EXISTS (
    SELECT 1 FROM journal_reopening r
    JOIN journal_reopeninglesson rl ON rl.reopening_id = r.id AND rl.lesson_id = m.lesson_id
    JOIN journal_reopeningstudent rs ON rs.reopening_id = r.id AND rs.student_id = m.student_id
    WHERE r.opened_at <= {row}.at AND {row}.at < coalesce(r.ended_at, r.until)))"""

# Tables under law 4, as the codes of their invariants name them.
RECORDED = {
    "marks": "journal_mark",
    "sheets": "journal_modulesheet",
    "tasks": "journal_selfstudytask",
    "points": "journal_selfstudymark",
    "reopenings": "journal_reopening",
    "finalsheets": "journal_finalsheet",
    "results": "journal_finalresult",
    "corrections": "journal_sheetcorrection",
}


def _signed(entity: str) -> str:
    return f"""
        SELECT format('%%s %%s', '{entity}', id) FROM {entity}
        WHERE by_id IS NULL OR at IS NULL OR source IS NULL OR request_id IS NULL
           OR source NOT IN ('web', 'import', 'scan', 'correction')
           OR request_id = '00000000-0000-0000-0000-000000000000'
    """  # noqa: S608 -- names of our own tables


INVARIANTS = (
    Invariant(
        "I1",
        "one mark for each lesson and student",
        """
        SELECT format('lesson %%s, student %%s: %%s marks', lesson_id, student_id, count(*))
        FROM journal_mark GROUP BY lesson_id, student_id HAVING count(*) > 1
        """,
    ),
    *(
        Invariant(f"I2.{code}", "a changed row equals its last event, an unchanged one has none", _history(entity))
        for code, entity in RECORDED.items()
    ),
    Invariant(
        "I3",
        "nothing under a closed module changed after its closing, but in a reopening (§4.3)",
        f"""
        {_CLOSED}
        SELECT format('mark %%s of lesson %%s was made at %%s, after the closing', m.id, m.lesson_id, m.at)
        FROM under u JOIN journal_mark m ON m.lesson_id = u.lesson_id AND m.workload_id = u.workload_id
        WHERE m.version = 1 AND m.at > u.said_at AND NOT {_UNDER_REOPENING.format(row="m")}
        UNION ALL
        SELECT format('mark %%s of lesson %%s was changed at %%s, after the closing', m.id, m.lesson_id, e.recorded_at)
        FROM journal_changeevent e
        JOIN journal_mark m ON e.entity = 'journal_mark' AND m.id = e.entity_id
        JOIN under u ON u.lesson_id = m.lesson_id AND u.workload_id = m.workload_id
        WHERE e.recorded_at > u.recorded_at AND NOT {_UNDER_REOPENING.format(row="e")}
        """,  # noqa: S608 -- the question of above
    ),
    Invariant(
        "I3.points",
        "no self-study points under a closed module changed after its closing (§4.3)",
        f"""
        {_CLOSED}
        SELECT format('points %%s of task %%s were entered at %%s, after the closing', m.id, m.task_id, m.at)
        FROM closed c
        JOIN teaching_workload w ON w.course_id = c.course_id
        JOIN journal_selfstudytask t ON t.workload_id = w.id AND t.module_id = c.module_id
        JOIN journal_selfstudymark m ON m.task_id = t.id
        WHERE m.at > c.said_at
        """,  # noqa: S608 -- the question of above
    ),
    Invariant(
        "I4.editions",
        "a closed module stored its totals",
        """
        SELECT format('module sheet %%s', s.id) FROM journal_modulesheet s
        WHERE s.state = 'closed' AND NOT EXISTS (
            -- Its own, or those of the sheet that was closed together with it.
            SELECT 1 FROM journal_modulesheet o JOIN journal_sheetedition e ON e.sheet_id = o.id
            WHERE o.course_id = s.course_id AND o.closed_at = s.closed_at)
        """,
    ),
    Invariant(
        "I4.results",
        "a closed final sheet agrees with the totals of its modules, or somebody said why it stays (§2.6, §4.3)",
        f"""
        SELECT format('final sheet %%s, student %%s: %%s in it, %%s by the modules', sheet_id, student_id,
                      semester_points, now)
        FROM ({DIFFERING % "SELECT DISTINCT course_id FROM journal_finalsheet WHERE state = 'closed'"}) AS differing
        """,  # noqa: S608 -- the question of the selector
    ),
    *(
        Invariant(f"I5.{code}", "every row has its author, moment, source and request", _signed(entity))
        for code, entity in RECORDED.items()
    ),
    Invariant(
        "I5.events",
        "every event has its author, moment, source and request",
        """
        SELECT format('event %%s of %%s %%s', id, entity, entity_id) FROM journal_changeevent
        WHERE by_id IS NULL OR at IS NULL OR recorded_at IS NULL OR request_id IS NULL OR database_user = ''
           OR source NOT IN ('web', 'import', 'scan', 'correction')
           OR request_id = '00000000-0000-0000-0000-000000000000'
        """,
    ),
    Invariant(
        "I5.lessons",
        "every lesson that was filled or changed has its author, moment and request",
        """
        SELECT format('lesson %%s of %%s', id, date) FROM teaching_lesson
        WHERE version > 1 AND (changed_by_id IS NULL OR changed_at IS NULL OR request_id IS NULL)
        """,
    ),
    Invariant(
        "I7",
        "grades are whole, from 0 to 5 (§3.5c, §3.5d)",
        "SELECT format('mark %%s: %%s', id, grade) FROM journal_mark WHERE grade < 0 OR grade > 5",
    ),
    Invariant(
        "I7.points",
        "self-study points lie between 0 and their task's maximum (§3.5a)",
        """
        SELECT format('points %%s: %%s of %%s', m.id, m.points, t.maximum)
        FROM journal_selfstudymark m JOIN journal_selfstudytask t ON t.id = m.task_id
        WHERE m.points < 0 OR m.points > t.maximum
        """,
    ),
    Invariant(
        "I8.serves",
        "every lesson serves a workload",
        """
        SELECT format('lesson %%s of %%s', l.id, l.date) FROM teaching_lesson l
        WHERE NOT EXISTS (SELECT 1 FROM teaching_lessonworkload lw WHERE lw.lesson_id = l.id)
        """,
    ),
    Invariant(
        "I8.rests",
        "every lesson rests on its line of the timetable or on an approved change (§3.5g)",
        """
        SELECT format('lesson %%s of %%s, workload %%s', l.id, l.date, lw.workload_id)
        FROM teaching_lessonworkload lw
        JOIN teaching_lesson l ON l.id = lw.lesson_id
        JOIN teaching_workload w ON w.id = lw.workload_id
        JOIN teaching_course c ON c.id = w.course_id
        JOIN university_semester se ON se.id = l.semester_id
        LEFT JOIN teaching_slot s ON s.id = lw.slot_id
        WHERE c.semester_id <> l.semester_id
           OR (lw.slot_id IS NULL AND lw.change_id IS NULL)
           OR (lw.change_id IS NULL AND s.workload_id <> lw.workload_id)
           -- What is cancelled keeps the line it rested on, though that has ended since.
           OR (lw.change_id IS NULL AND l.state <> 'cancelled' AND (
                 s.weekday <> extract(isodow FROM l.date)
              OR l.date NOT BETWEEN s.starts_on AND s.ends_on
              OR (s.parity <> 'every'
                  -- Week 1 is odd; it begins on the Monday of the week in which the semester begins.
                  AND (((l.date - (se.starts_on - (extract(isodow FROM se.starts_on)::int - 1))) / 7) %% 2 = 0)
                      <> (s.parity = 'odd'))))
        """,
    ),
    Invariant(
        "I8.holidays",
        "no lesson of the timetable lies on a holiday",
        """
        SELECT format('lesson %%s of %%s', l.id, l.date)
        FROM teaching_lesson l JOIN university_holiday h ON h.day = l.date
        WHERE l.state <> 'cancelled'
          AND EXISTS (SELECT 1 FROM teaching_lessonworkload lw WHERE lw.lesson_id = l.id AND lw.change_id IS NULL)
        """,
    ),
    Invariant(
        "roll.state",
        "a lesson whose roll was taken was held",
        "SELECT format('lesson %%s of %%s is %%s', id, date, state) FROM teaching_lesson"
        " WHERE roll_taken_at IS NOT NULL AND state <> 'held'",
    ),
    Invariant(
        "roll.complete",
        "a roll that was taken has a row for every student enrolled on that day",
        f"""
        SELECT format('lesson %%s of %%s lacks student %%s', l.id, l.date, e.student_id)
        FROM teaching_lesson l
        JOIN teaching_lessonworkload lw ON lw.lesson_id = l.id
        {_ON_ROLL.format(lw="lw")}
        WHERE l.roll_taken_at IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM journal_mark m WHERE m.lesson_id = l.id AND m.student_id = e.student_id)
        """,  # noqa: S608 -- the question of above
    ),
    Invariant(
        "roll.enrolled",
        "a mark belongs to a student enrolled on that day in a workload that the lesson serves",
        f"""
        SELECT format('mark %%s: student %%s at lesson %%s of %%s', m.id, m.student_id, l.id, l.date)
        FROM journal_mark m JOIN teaching_lesson l ON l.id = m.lesson_id
        -- An emptied row says "nobody has looked", which is also true of somebody who left.
        WHERE m.presence IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM teaching_lessonworkload lw
            {_ON_ROLL.format(lw="lw")}
            WHERE lw.lesson_id = m.lesson_id AND lw.workload_id = m.workload_id AND e.student_id = m.student_id)
        """,  # noqa: S608 -- the question of above
    ),
    Invariant(
        "law.triggers",
        "the triggers of the laws are there and enabled",
        """
        SELECT format('%%s on %%s is not there', wanted.name, wanted.of_table)
        FROM unnest(%(tables)s::text[], %(triggers)s::text[]) AS wanted (of_table, name)
        LEFT JOIN pg_trigger t ON t.tgname = wanted.name AND t.tgrelid = to_regclass(wanted.of_table)
        WHERE t.tgname IS NULL
        UNION ALL
        SELECT format('%%s on %%s is disabled', t.tgname, t.tgrelid::regclass) FROM pg_trigger t
        WHERE NOT t.tgisinternal AND t.tgenabled NOT IN ('O', 'A')
        """,
    ),
    Invariant(
        "law.rights",
        "the web's role owns no table, writes no history and deletes no mark",
        """
        SELECT format('%%s may %%s %%s', current_user, wanted.verb, wanted.of_table)
        FROM (VALUES ('journal_changeevent', 'INSERT'), ('journal_changeevent', 'UPDATE'),
                     ('journal_changeevent', 'DELETE'), ('journal_changeevent', 'TRUNCATE'),
                     ('journal_mark', 'DELETE'), ('journal_mark', 'TRUNCATE'),
                     ('journal_modulesheet', 'DELETE'), ('journal_modulesheet', 'TRUNCATE'),
                     ('journal_sheetedition', 'UPDATE'), ('journal_sheetedition', 'DELETE'),
                     ('journal_moduletotal', 'UPDATE'), ('journal_moduletotal', 'DELETE'),
                     ('journal_moduletotal', 'TRUNCATE'),
                     ('journal_finalsheet', 'DELETE'), ('journal_finalresult', 'DELETE'),
                     ('journal_sheetcorrection', 'DELETE'), ('journal_correctionline', 'UPDATE'),
                     ('journal_correctionline', 'DELETE'), ('journal_sheetconfirmation', 'DELETE'))
             AS wanted (of_table, verb)
        WHERE has_table_privilege(wanted.of_table, wanted.verb)
        UNION ALL
        SELECT format('%%s owns %%s', current_user, tablename) FROM pg_tables
        WHERE schemaname = 'public' AND tableowner = current_user
        """,
    ),
)


# Laws that the rules judge: each question gives a text for every breach.
COMPUTED: tuple[tuple[str, str, Callable[..., Iterator[str]]], ...] = (
    ("I4", "a stored total equals its recomputation from the inputs stored with it", totals_that_differ),
)


# Laws of the apps above, which know this one and not the other way round.
_ABOVE: list[Invariant] = []


def lay_down(*laws: Invariant) -> None:
    """Have more laws asked with those of the journal: for apps above, at start-up."""
    _ABOVE.extend(laws)


def laws() -> tuple[Invariant, ...]:
    """All laws that are one question to the database."""
    return (*INVARIANTS, *_ABOVE)


def check_invariants(
    *, tell: Callable[[Finding], None] = lambda _finding: None, using: str = "default"
) -> list[Finding]:
    """Ask all questions, on the web's connection; `tell` hears of each as it is answered.

    Each question sees one moment; they follow each other, so what is saved between them disturbs none.
    """
    params = {"tables": [table for table, _ in TRIGGERS], "triggers": [trigger for _, trigger in TRIGGERS]}
    findings = []
    with connections[using].cursor() as cursor:
        for invariant in laws():
            started = perf_counter()
            cursor.execute(
                f"WITH breach (said) AS MATERIALIZED ({invariant.sql})"  # noqa: S608 -- the questions of above
                f" SELECT said, (SELECT count(*) FROM breach) FROM breach LIMIT {EXAMPLES}",
                params,
            )
            rows = cursor.fetchall()
            finding = Finding(
                invariant.code,
                invariant.law,
                rows[0][1] if rows else 0,
                [row[0] for row in rows],
                perf_counter() - started,
            )
            findings.append(finding)
            tell(finding)
    for code, law, ask in COMPUTED:
        started = perf_counter()
        examples: list[str] = []
        count = 0
        for said in ask(using=using):
            count += 1
            examples += [said][: EXAMPLES - len(examples)]
        finding = Finding(code, law, count, examples, perf_counter() - started)
        findings.append(finding)
        tell(finding)
    return findings
