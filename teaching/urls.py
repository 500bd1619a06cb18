"""Addresses of plans, timetable, changes, substitutions, lists and hours."""

from django.urls import URLPattern, path

from teaching.views import rosters, students

urlpatterns: list[URLPattern] = [
    path("students/", students.students, name="students"),
    path("students/<int:student_id>/", students.student_file, name="student_file"),
    path("rosters/", rosters.rosters, name="rosters"),
    path("rosters/<int:report_id>/", rosters.roster_report, name="roster_report"),
]
