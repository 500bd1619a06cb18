"""Who taught a lesson: the substitute who was named for it, else its teacher (§3.5h). Hours are credited to him."""

from typing import NamedTuple

from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery
from django.db.models.expressions import Combinable, Value
from django.db.models.functions import Coalesce, Concat, JSONObject

from teaching.models import Lesson, Substitution, SubstitutionQuerySet

# For statements by hand: the id of the teacher who taught lesson `l`. A lesson has at most one living substitution.
TAUGHT_BY = """
coalesce((SELECT s.substitute_id FROM teaching_substitution s WHERE s.lesson_id = l.id AND s.withdrawn_at IS NULL),
         l.teacher_id)
"""


def taught_by_id(lesson: str = "") -> Combinable:
    """The same for the ORM: `Lesson.objects.annotate(taught_by=taught_by_id())`, and from rows that have a lesson
    `LessonWorkload.objects.annotate(taught_by=taught_by_id("lesson__"))`."""
    return Coalesce(
        Subquery(_living(lesson).values("substitute_id")[:1]),
        F(f"{lesson}teacher_id"),
        output_field=BigIntegerField(),
    )


class Named(NamedTuple):
    """The living substitution of a lesson; `name` in full, `answer` the substitute's."""

    teacher_id: int
    user_id: int
    name: str
    note: str
    answer: str


def named_for(lesson: Lesson) -> Named | None:
    """Who stands in at a lesson that was read `with_substitution`; None for nobody, and for one read without it."""
    named = getattr(lesson, "named", None)
    return None if named is None else Named(**named)


def with_substitution(lessons: QuerySet[Lesson]) -> QuerySet[Lesson]:
    """Lessons of which `named_for` knows who stands in. No query of its own."""
    user = "substitute__user__"
    named = JSONObject(
        teacher_id="substitute_id",
        user_id="substitute__user_id",
        name=Concat(f"{user}last_name", Value(" "), f"{user}first_name"),
        note="note",
        answer="substitute_answer",
    )
    return lessons.annotate(named=Subquery(_living("").annotate(named=named).values("named")[:1]))


def _living(lesson: str) -> SubstitutionQuerySet:
    return Substitution.objects.living().filter(lesson_id=OuterRef(f"{lesson}pk" if lesson else "pk"))
