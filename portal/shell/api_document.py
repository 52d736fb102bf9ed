"""The API's document and its page. What makes them is loaded when somebody asks: it takes a tenth
of a second and ten megabytes, and most web processes are never asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

View = Callable[[HttpRequest], HttpResponse]


@cache
def _schema() -> View:
    view: View = import_string("drf_spectacular.views.SpectacularAPIView").as_view()
    return view


@cache
def _docs() -> View:
    page = import_string("drf_spectacular.views.SpectacularSwaggerSplitView")
    view: View = page.as_view(url_name="api_schema")
    return view


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    return _schema()(request)


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The page that shows it."""
    return _docs()(request)
