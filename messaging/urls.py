"""Addresses of messaging."""

from django.urls import path

from messaging import views

urlpatterns = [
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/read/", views.notifications_read, name="notifications_read"),
    path("notifications/count/", views.notifications_count, name="notifications_count"),
]
