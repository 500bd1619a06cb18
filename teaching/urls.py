"""Addresses of plans, timetable, changes, substitutions, lists and hours."""

from django.urls import URLPattern, path

from teaching.views import substitutions

urlpatterns: list[URLPattern] = [
    path("absences/", substitutions.absences, name="absences"),
    path("absences/<int:absence_id>/", substitutions.absence, name="absence"),
    path("absences/<int:absence_id>/end/", substitutions.absence_end, name="absence_end"),
    path("absences/<int:absence_id>/withdraw/", substitutions.absence_withdraw, name="absence_withdraw"),
    path("substitutions/", substitutions.substitutions, name="substitutions"),
    path("substitutions/<int:substitution_id>/answer/", substitutions.substitution_answer, name="substitution_answer"),
    path(
        "substitutions/<int:substitution_id>/withdraw/",
        substitutions.substitution_withdraw,
        name="substitution_withdraw",
    ),
    path("replacements/", substitutions.replacements, name="replacements"),
]
