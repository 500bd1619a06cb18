"""Addresses of attendance."""

from django.urls import path

from attendance.views import today

urlpatterns = [
    path("attendance/today/", today.attendance_today, name="attendance_today"),
]
