"""Addresses of loading."""

from django.urls import path

from ejournal.loading import august, history, people, views

urlpatterns = [
    path("load/", views.load, name="load"),
    path("august/", august.august, name="august"),
    path("load/rollover/", august.rollover, name="rollover"),
    path("people/doubles/", people.doubles, name="doubles"),
    path("people/doubles/<int:kept_id>/<int:gone_id>/", people.merge, name="merge"),
    path("load/history/", history.load_history, name="load_history"),
    path("load/history/<int:load_id>/undo/", history.load_undo, name="load_undo"),
    path("load/undone/<int:job_id>/", history.load_undone, name="load_undone"),
    path("load/<int:job_id>/", views.load_shown, name="load_shown"),
    path("load/<int:job_id>/again/", views.load_again, name="load_again"),
]
