"""The webhooks' way in. What pages need (a session, a user, messages, history) is not set up."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.urls import resolve

ADDRESSES = "/webhooks/"
POLICY = "default-src 'none'; frame-ancestors 'none'"  # an answer of theirs shows nothing


class ShortWay:
    """Stands behind what all answers need; all other addresses go on as they came."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.pages = get_response
        called = convert_exception_to_response(call)
        self.webhooks = XFrameOptionsMiddleware(CommonMiddleware(called))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(ADDRESSES):
            return self.pages(request)
        response = cast(HttpResponseBase, self.webhooks(request))  # nothing here is asynchronous
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


def call(request: HttpRequest) -> HttpResponse:
    """The view of this address."""
    match = request.resolver_match = resolve(request.path_info)
    response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response
