"""What a page shows when the keys do not fit the stored secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from connections.fields import WrongKey


class WrongKeyPages:
    """A page that needs a secret which cannot be read says so in plain words."""

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.or_wrong_key(super().changelist_view, request, *args, **kwargs)  # type: ignore[misc]

    @method_decorator(sensitive_post_parameters())
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.or_wrong_key(super().changeform_view, request, *args, **kwargs)  # type: ignore[misc]

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.or_wrong_key(super().delete_view, request, *args, **kwargs)  # type: ignore[misc]

    def or_wrong_key(
        self, view: Callable[..., HttpResponse], request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        try:
            answer = view(request, *args, **kwargs)
            return answer.render() if isinstance(answer, TemplateResponse) else answer
        except WrongKey:
            site = self.admin_site.each_context(request)  # type: ignore[attr-defined]
            context = {**site, "title": "Stored secrets cannot be read"}
            return render(request, "connections/wrong_key.html", context, status=503)
