from django.urls import path

from syncs.ingest import webhook

urlpatterns = [path("<uuid:subscription_id>/", webhook.webhook, name="webhook")]
