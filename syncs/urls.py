from django.urls import path

from syncs import views

urlpatterns = [path("<uuid:subscription_id>/", views.webhook, name="webhook")]
