"""Addresses of jobs."""

from django.urls import path

from ejournal.jobs import views

urlpatterns = [
    path("jobs/<int:job_id>/", views.job, name="job"),
    path("jobs/<int:job_id>/files/<int:file_id>/", views.job_file, name="job_file"),
]
