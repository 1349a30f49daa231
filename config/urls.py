"""The addresses: webhooks, health, and the admin for everything else."""

from django.contrib import admin
from django.urls import include, path

from config.process.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("webhooks/", include("syncs.urls")),
    path("", admin.site.urls),
]
