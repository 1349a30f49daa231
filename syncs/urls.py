from django.urls import path, re_path

from syncs.ingest import webhook

urlpatterns = [
    path("<uuid:subscription_id>/", webhook.webhook, name="webhook"),
    re_path(r"", webhook.unknown),
]
