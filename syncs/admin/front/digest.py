"""Where a person says whether he wants the digest of the morning."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from audit import journal
from audit.models import Entry
from connections.transport.days import site_zone
from syncs.models import NoDigest
from syncs.morning import mail


def digest(request: HttpRequest) -> HttpResponse:
    """His own choice alone; how it stands, when it comes, and why it may not come at all."""
    if request.method == "POST":
        wanted = request.POST.get("wanted") == "yes"
        choose(request.user.get_username(), wanted)
        messages.success(request, f"From now on you get {'the' if wanted else 'no'} digest.")
        return redirect("digest")
    context = {
        **admin.site.each_context(request),
        "title": "Digest of the morning",
        "wanted": not NoDigest.objects.filter(user=request.user.pk).exists(),
        "hour": mail.hour(),
        "zone": timezone.localtime(timezone.now(), site_zone()).tzname(),
        "by_mail": mail.sends_mail(),
    }
    return render(request, "syncs/digest.html", context)


def choose(name: str, wanted: bool) -> None:
    """A line of the journal where it changes anything."""
    person = get_user_model().objects.get(username=name)
    if wanted:
        changed = bool(NoDigest.objects.filter(user=person).delete()[0])
    else:
        changed = NoDigest.objects.get_or_create(user=person)[1]
    if changed:
        journal.append(
            Entry.Kind.PERSON, f"Digest of the morning: {'wanted' if wanted else 'not wanted'}",
            actor=name, data={"verb": "digest", "wanted": wanted},
        )  # fmt: skip
