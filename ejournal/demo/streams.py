"""A stream for `colleague`: a lecture in which several groups sit in one hall."""

from collections import defaultdict

from ejournal.demo.cast import Scene
from teaching.models import Lesson, Slot, Workload, WorkloadTeacher


def give_stream(scene: Scene) -> int:
    """Hand a stream of the scene's semester to `colleague`, at hours when he is free: how many groups it has.

    A stream with the scene's group comes first, so that the course has two teachers and more than two kinds. Before
    the semester grows: nobody has filled a lesson of it yet.
    """
    semester = scene.workload.course.semester
    streams: dict[str, list[Workload]] = defaultdict(list)
    rows = Workload.objects.filter(course__semester=semester).exclude(stream="").select_related("course")
    for workload in rows.order_by("number"):
        streams[workload.stream].append(workload)
    busy = set(
        Slot.objects.filter(
            workload__course__semester=semester, workload__teachers__teacher=scene.colleague
        ).values_list("weekday", "pair")
    )
    known = sorted(
        (group for group in streams.values() if len(group) > 1 and scene.teacher.pk not in _keepers(group)),
        key=lambda group: (
            all(one.course_id != scene.workload.course_id for one in group),
            all(one.department_id != scene.workload.department_id for one in group),
            group[0].number,
        ),
    )
    for group in known:
        if busy & set(Slot.objects.filter(workload__in=group).values_list("weekday", "pair")):
            continue
        WorkloadTeacher.objects.filter(workload__in=group).update(teacher=scene.colleague)
        Lesson.objects.filter(workloads__workload__in=group).update(teacher=scene.colleague)
        return len(group)
    return 0


def _keepers(group: list[Workload]) -> set[int]:
    return set(WorkloadTeacher.objects.filter(workload__in=group).values_list("teacher_id", flat=True))
