"""Addresses of loading."""

from django.urls import path

from ejournal.loading import views

urlpatterns = [
    path("load/", views.load, name="load"),
    path("load/<int:job_id>/", views.load_shown, name="load_shown"),
    path("load/<int:job_id>/again/", views.load_again, name="load_again"),
]
