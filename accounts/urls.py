"""Addresses of accounts."""

from django.urls import URLPattern, path

from accounts import views

urlpatterns: list[URLPattern] = [
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("password/", views.password, name="password"),
    path("groups/", views.groups, name="groups"),
    path("groups/<int:group_id>/credentials/", views.group_credentials, name="group_credentials"),
    path(
        "groups/<int:group_id>/credentials/<int:student_id>/parents/",
        views.guardian_credentials,
        name="guardian_credentials",
    ),
]
