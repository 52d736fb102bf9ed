"""A page that is not ours (a proxy's 502) has the browser ask for the icon at its usual place."""

from __future__ import annotations

from django.contrib.staticfiles import finders
from django.test import Client


def test_the_usual_place_leads_to_the_icon(client: Client) -> None:
    for method in (client.get, client.head):
        answer = method("/favicon.ico")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/static/favicon.svg")
    assert finders.find("favicon.svg")
    assert client.post("/favicon.ico").status_code == 405
