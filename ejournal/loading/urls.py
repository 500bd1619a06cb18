"""Addresses of loading."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
