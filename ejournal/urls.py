"""Every address of the house. Each app names its own, from the root on."""

from django.contrib import admin
from django.urls import include, path

from ejournal.home import views

urlpatterns = [
    path("", views.home, name="home"),
    path("language/", views.set_language, name="set_language"),
    path("health/live", views.health_live, name="health_live"),
    path("health/ready", views.health_ready, name="health_ready"),
    # First, since a whole university scans within minutes: each pattern that is tried before costs time.
    path("", include("attendance.urls")),
    path("", include("ejournal.jobs.urls")),
    path("", include("ejournal.loading.urls")),
    path("", include("accounts.urls")),
    path("", include("messaging.urls")),
    path("", include("teaching.urls")),
    path("", include("journal.urls")),
    path("", include("reports.urls")),
    path("admin/", admin.site.urls),
]

handler403 = "ejournal.home.views.permission_denied"
handler404 = "ejournal.home.views.page_not_found"
handler500 = "ejournal.home.views.server_error"
