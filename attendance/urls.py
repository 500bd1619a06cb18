"""Addresses of attendance."""

from django.urls import path

from attendance import views

urlpatterns = [
    path("attendance/today/", views.attendance_today, name="attendance_today"),
]
