"""The gate: whatever fails, a program is told in the API's own shape and nothing is half stored."""

from __future__ import annotations

import io
import json
import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory

from ingestion.models import Conversation, IntakeBatch
from portal.shell.errors import server_error
from tests.ingestion.conftest import error_of, row
from tests.world import World


def post(key: str, name: str = "a") -> Any:
    return Client().post(
        "/api/v1/conversations",
        json.dumps(row(name)),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_in_time_is_said_to_be_unavailable(world: World) -> None:
    key = world.key()
    post(key, "first")
    locked, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            run("BEGIN")
            run("LOCK TABLE ingestion_intakebatch IN ACCESS EXCLUSIVE MODE")
            locked.set()
            assert go_on.wait(timeout=20)
            run("ROLLBACK")
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert locked.wait(timeout=20)
    run("SET statement_timeout = '200ms'")
    try:
        response = post(key)
    finally:
        go_on.set()
        thread.join(timeout=20)
        run("SET statement_timeout = 0")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert error_of(response)["code"] == "unavailable"
    assert list(Conversation.objects.values_list("external_id", flat=True)) == ["first"]
    assert IntakeBatch.objects.count() == 1
    assert post(key).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_cut_is_made_again_for_the_next_request(world: World) -> None:
    key = world.key()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own = cursor.fetchone()[0]

    def cut() -> None:
        try:
            run(f"SELECT pg_terminate_backend({own})")
        finally:
            connection.close()

    thread = threading.Thread(target=cut)
    thread.start()
    thread.join(timeout=20)
    response = post(key)
    assert response.status_code == 503
    assert error_of(response)["code"] == "unavailable"
    connection.close_if_unusable_or_obsolete()  # as the server does between two requests
    assert post(key).status_code == 200


class Broken(io.BytesIO):
    """A caller who hangs up while sending."""

    def read(self, size: int | None = -1) -> bytes:
        raise OSError("connection reset")


@pytest.mark.django_db
def test_a_caller_who_hangs_up_while_sending_stores_nothing(world: World) -> None:
    broken: dict[str, Any] = {"wsgi.input": Broken(), "CONTENT_LENGTH": "100"}
    response = Client().post(
        "/api/v1/conversations",
        content_type="application/json",
        headers={"Authorization": f"Bearer {world.key()}"},
        **broken,
    )
    assert response.status_code == 400
    assert error_of(response)["code"] == "cut_off"
    assert not Conversation.objects.exists()


def test_a_fault_of_ours_has_the_same_shape_and_a_code_to_quote() -> None:
    response = server_error(RequestFactory().get("/api/v1/conversations"))
    assert response.status_code == 500
    assert "code " in error_of(response)["reason"]


def test_a_page_that_fails_is_still_a_page() -> None:
    assert b"<html" in server_error(RequestFactory().get("/")).content


@pytest.mark.django_db
def test_no_cookie_is_set_and_nothing_is_kept_by_browsers(world: World) -> None:
    response = Client().post("/api/v1/conversations")
    assert not response.cookies
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/conversations", "/api/v1/answer", "/api/v1/nothing"])
@pytest.mark.parametrize("host", ["evil.example", "localhost:80:80", "a b", "", "localhost@evil"])
def test_another_host_is_refused_before_the_key_is_read(
    world: World, path: str, host: str, settings: Any
) -> None:
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["localhost"]
    allowed = {"Authorization": f"Bearer {world.key()}"}
    refused = Client().post(path, row(), headers=allowed, HTTP_HOST=host)
    assert refused.status_code == 400
    assert error_of(refused)["field"] == "Host"
    assert not Conversation.objects.exists()
    known = Client().post(path, row(), headers=allowed, HTTP_HOST="localhost")
    assert known.status_code != 400 or error_of(known)["code"] != "wrong_host"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/health/live", "/health/ready", "/metrics", "/api/schema"])
def test_another_host_is_refused_everywhere(path: str, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    assert Client().get(path, HTTP_HOST="evil.example").status_code == 400
