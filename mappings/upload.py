"""A file between preview and confirmation: in the database, where every web host sees it."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Sum, Window
from django.utils import timezone

KEPT = dt.timedelta(days=1)
ROOM = 200 * 1024 * 1024  # bytes of all together; beyond, the oldest go first


class Upload(models.Model):
    name = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    size = models.PositiveBigIntegerField()
    content = models.BinaryField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.name)

    @staticmethod
    def sweep(room: int = ROOM) -> None:
        """Those whose preview nobody confirmed, and the oldest where all would take too much."""
        Upload.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
        newest_first = Window(Sum("size"), order_by=[F("created_at").desc(), F("name").asc()])
        rows = Upload.objects.annotate(together=newest_first).filter(together__gt=room)
        Upload.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).delete()
