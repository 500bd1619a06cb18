"""Addresses of the journal."""

from django.urls import path

from journal.views import (
    cabinet,
    excuses,
    history,
    journals,
    lessons,
    lists,
    marks,
    orders,
    selfstudy,
    selfstudy_student,
)

urlpatterns = [
    path("journals/", journals.journals, name="journals"),
    path("journals/<int:journal_id>/", journals.journal, name="journal"),
    path("journals/<int:journal_id>/marks/", marks.marks, name="marks"),
    path("journals/<int:journal_id>/roster/", lists.journal_roster, name="journal_roster"),
    path("groups/<int:group_id>/subgroups/", lists.subgroups, name="subgroups"),
    path("courses/<int:course_id>/students/", lists.course_students, name="course_students"),
    path("orders/", orders.orders, name="orders"),
    path("orders/new/", orders.order_new, name="order_new"),
    path("orders/<int:order_id>/", orders.order, name="order"),
    path("excuses/", excuses.excuses, name="excuses"),
    path("excuses/new/", excuses.excuse_new, name="excuse_new"),
    path("excuses/<int:excuse_id>/", excuses.excuse, name="excuse"),
    path("excuses/<int:excuse_id>/paper", excuses.excuse_paper, name="excuse_paper"),
    path("lessons/<int:lesson_id>/", lessons.lesson, name="lesson"),
    path("marks/<int:lesson_id>/<int:student_id>/history/", history.cell_history, name="cell_history"),
    path("cabinet/", cabinet.cabinet, name="cabinet"),
    path("cabinet/<int:student_id>/", cabinet.cabinet_of, name="cabinet_of"),
    path("cabinet/<int:student_id>/courses/<int:course_id>/", cabinet.cabinet_course, name="cabinet_course"),
    path("journals/<int:journal_id>/tasks/", selfstudy.journal_tasks, name="journal_tasks"),
    path("journals/<int:journal_id>/tasks/grid/", selfstudy.journal_tasks_grid, name="journal_tasks_grid"),
    path("journals/<int:journal_id>/tasks/new/", selfstudy.task_new, name="task_new"),
    path("tasks/", selfstudy_student.tasks, name="tasks"),
    path("tasks/<int:task_id>/", selfstudy_student.task, name="task"),
    path("tasks/<int:task_id>/edit/", selfstudy.task_edit, name="task_edit"),
    path("tasks/<int:task_id>/withdraw/", selfstudy.task_withdraw, name="task_withdraw"),
    path("tasks/<int:task_id>/teams/", selfstudy.task_teams, name="task_teams"),
    path("tasks/<int:task_id>/grades/", selfstudy.task_grades, name="task_grades"),
    path("tasks/<int:task_id>/files/<int:file_id>/", selfstudy_student.task_file, name="task_file"),
    path("submissions/<int:submission_id>/file/", selfstudy_student.submission_file, name="submission_file"),
]
