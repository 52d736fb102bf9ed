"""Every address of the product with a row behind it, and every form on its pages: both are read off
the URL configuration and the pages, so a new one enters by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.test import Client
from django.urls import Resolver404, resolve

from tests.forms_of_pages import PageForm, filled_forms
from tests.test_role_matrix import NAMES, address


def addresses(values: dict[str, dict[str, Any]]) -> dict[str, str]:
    """The address of everything that has a name."""
    return {name: address(pattern, values) for name, pattern in NAMES}


def forms_of(client: Client, where: str) -> Iterator[tuple[str, PageForm]]:
    """The posting forms of a page, each with the name of the address it posts to."""
    answer = client.get(where)
    if answer.status_code != 200 or "html" not in answer.headers["Content-Type"]:
        return
    for form in filled_forms(answer.content.decode(), where):
        try:
            yield resolve(form.action).url_name or "", form
        except Resolver404:
            yield form.action, form


def every_form(client: Client, values: dict[str, dict[str, Any]]) -> dict[str, list[PageForm]]:
    """Every form that pages show this person, by the name of the address it posts to."""
    found: dict[str, list[PageForm]] = {}
    for where in addresses(values).values():
        for name, form in forms_of(client, where):
            if form not in found.setdefault(name, []):
                found[name].append(form)
    return found
