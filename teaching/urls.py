"""Addresses of plans, timetable, changes, substitutions, lists and hours."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
