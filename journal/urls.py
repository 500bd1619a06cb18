"""Addresses of the journal."""

from django.urls import path

from journal.views import cabinet, excuses, history, journals, lessons, lists, marks, orders, reopenings

urlpatterns = [
    path("journals/", journals.journals, name="journals"),
    path("journals/<int:journal_id>/", journals.journal, name="journal"),
    path("journals/<int:journal_id>/marks/", marks.marks, name="marks"),
    path("journals/<int:journal_id>/roster/", lists.journal_roster, name="journal_roster"),
    path("journals/<int:journal_id>/reopen/", reopenings.reopening_new, name="reopening_new"),
    path("reopenings/", reopenings.reopenings, name="reopenings"),
    path("reopenings/<int:reopening_id>/", reopenings.reopening, name="reopening"),
    path("reopenings/<int:reopening_id>/paper", reopenings.reopening_paper, name="reopening_paper"),
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
]
