"""The addresses: webhooks, health, and the admin for everything else."""

from django.contrib import admin
from django.urls import include, path

from config.access.switch import switch
from config.auditor.page import page as auditor
from config.process.health import healthz
from syncs.admin.front.digest import digest

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("webhooks/", include("syncs.urls")),
    path("acting/", admin.site.admin_view(switch), name="acting"),
    path("auditor/", admin.site.admin_view(auditor), name="auditor_package"),
    path("digest/", admin.site.admin_view(digest), name="digest"),
    path("", admin.site.urls),
]

handler403 = "config.error_pages.refused"
handler404 = "config.error_pages.not_found"
handler500 = "config.error_pages.broken"
