"""Addresses of reports."""

from django.urls import path

from reports.views import book, control, dates, hours, months

urlpatterns = [
    path("journals/<int:journal_id>/month.pdf", months.journal_month, name="journal_month"),
    path("journals/<int:journal_id>/dates.pdf", dates.journal_dates_pdf, name="journal_dates"),
    path("control/unfilled/", control.unfilled, name="unfilled"),
    path("hours/", hours.hours, name="hours"),
    path("hours/export.xlsx", hours.hours_export, name="hours_export"),
    path("hours/teachers/<int:teacher_id>/", hours.hours_teacher, name="hours_teacher"),
    path("hours/groups/<int:group_id>/", hours.hours_group, name="hours_group"),
    path("department-book/", book.department_book, name="department_book"),
    path("department-book/import/", book.department_book_import, name="department_book_import"),
    path("department-book/differences/", book.department_book_differences, name="department_book_differences"),
    path("department-book/<int:journal_id>/", book.department_book_month, name="department_book_month"),
    path("department-book/<int:journal_id>/settle/", book.department_book_settle, name="department_book_settle"),
]
