"""Where a person says in which of his roles he acts from now on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from connections.companies import asked, duty

GONE = "These roles are not yours any more. You act in your usual roles."


def switch(request: HttpRequest) -> HttpResponse:
    """His own session knows it, and nothing else: it asks for nothing that he was not given."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    wanted = request.POST.get("as", "")
    request.session.pop(asked.CHOSEN, None)
    with asked.asked_by(request.user):
        found = {str(one.pk): str(one) for one in duty.kept(request.user)}
    if wanted in found:
        request.session[asked.CHOSEN] = int(wanted)
        messages.success(request, f"You act as {found[wanted]} now; other companies are not shown.")
    elif wanted:
        messages.error(request, GONE)
    else:
        messages.success(request, "You act in your usual roles now.")
    return redirect("admin:index")  # the page that he comes from may not be there any more
