"""Addresses of reports."""

from django.urls import path

from reports.views import months

urlpatterns = [
    path("journals/<int:journal_id>/month.pdf", months.journal_month, name="journal_month"),
]
