"""Addresses of the journal."""

from django.urls import path

from journal.views import marks

urlpatterns = [
    path("journals/<int:journal_id>/marks/", marks.marks, name="marks"),
]
