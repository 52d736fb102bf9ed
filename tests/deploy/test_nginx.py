"""deploy/nginx.conf in a real nginx, before the web server of production. Needs nginx installed."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ingestion.models import Conversation
from portal.running.embedded.process import free_port
from tests.servers import granian
from tests.world import World

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CONFIG = Path(__file__).resolve().parent.parent.parent / "deploy" / "nginx.conf"
HOST = "quality.example.com"
pytestmark = [
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.long,
]


@dataclass(frozen=True)
class Front:
    """A running nginx."""

    https: int
    http: int
    log: Path

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterator[bytes] | None = None,
        *,
        host: str = HOST,
        chunked: bool = False,
        **headers: str,
    ) -> tuple[int, dict[str, str], bytes]:
        """One request over https, as from anywhere."""
        unproven = ssl.create_default_context()
        unproven.check_hostname, unproven.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", self.https, context=unproven)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, {"Host": host, **named}, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def written(folder: Path, web: int, https: int, plain: int) -> Path:
    """The example with ports and places of this test, in the frame that nginx brings."""
    text = CONFIG.read_text()
    for before, after in (
        ("listen 443", f"listen 127.0.0.1:{https}"),
        ("listen 80", f"listen 127.0.0.1:{plain}"),
        ("127.0.0.1:8000", f"127.0.0.1:{web}"),
        ("/etc/ssl/plumbline", str(folder)),
        ("allow 127.0.0.1;", "allow 192.0.2.1;"),  # we come from there, and are to be strangers
    ):
        assert before in text
        text = text.replace(before, after)
    temp = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root; " if os.geteuid() == 0 else ""  # its folder is ours alone
    frame = folder / "frame.conf"
    frame.write_text(
        f"{user}daemon off; pid {folder}/pid; error_log stderr notice; events {{}}\n"
        f"http {{\naccess_log off;\n{temp}{text}\n}}\n"
    )
    return frame


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    https, plain, log = free_port(), free_port(), tmp_path / "nginx.log"
    certificate(tmp_path)
    told = {
        "SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": HOST,
        "SITE_URL": f"https://{HOST}", "EMAIL_URL": "dummymail://",
    }  # fmt: skip
    with granian(tmp_path / "web.log", **told) as web, log.open("wb") as output:
        frame = written(tmp_path, web, https, plain)
        command = [str(NGINX), "-p", str(tmp_path), "-c", str(frame)]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert "test is successful" in checked.stderr, checked.stderr
        nginx = subprocess.Popen(command, stderr=output)
        found = Front(https, plain, log)
        try:
            deadline = time.monotonic() + 20
            status = 0
            while status != 200:
                assert time.monotonic() < deadline, log.read_text()
                with suppress(OSError):
                    status = found.ask("GET", "/health/live")[0]
                time.sleep(0.05)
            yield found
        finally:
            nginx.terminate()
            nginx.wait(20)


def rows(megabytes: float) -> bytes:
    """A batch of about this size."""
    text = "word " * 2000
    one = {"messages": [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": text}]}
    each = len(json.dumps(one))
    return "\n".join(
        json.dumps({"id": f"chat-{number}", **one}) for number in range(int(megabytes * 1e6 / each))
    ).encode()


def test_the_example_in_front_of_the_web_server(front: Front) -> None:
    key: dict[str, Any] = {
        "Authorization": f"Bearer {World().key()}",
        "Content_Type": "application/x-ndjson",
    }

    status, headers, _ = front.ask(
        "GET",
        "/accounts/login/",
        X_Forwarded_Host="evil.example",
        X_Request_ID="words of a visitor",
    )
    assert status == 200
    assert "secure" in headers["set-cookie"].lower()
    assert len(headers["x-request-id"]) == 32
    assert front.ask("GET", "/metrics")[0] == 403

    plain = http.client.HTTPConnection("127.0.0.1", front.http)
    plain.request("GET", "/a/1/?q=x", headers={"Host": HOST})
    moved = plain.getresponse()
    assert (moved.status, moved.getheader("Location")) == (301, f"https://{HOST}/a/1/?q=x")
    for other in ("evil.example", "127.0.0.1"):
        with pytest.raises((http.client.RemoteDisconnected, ssl.SSLError, ConnectionError)):
            front.ask("GET", "/accounts/login/", host=other)

    url, large = "/api/v1/conversations", rows(9)
    assert len(large) > 8_500_000
    status, _, said = front.ask("POST", url, large, **key)
    assert status == 200, said
    assert Conversation.objects.count() == large.count(b"\n") + 1
    parts = (large[start : start + 70_000] for start in range(0, len(large), 70_000))
    status, _, said = front.ask(
        "POST", url, parts, chunked=True, Transfer_Encoding="chunked", **key
    )
    assert status == 200, said
    assert len(json.loads(said)["duplicate"]) == large.count(b"\n") + 1

    status, _, said = front.ask("POST", url, rows(10.3), **key)
    assert (status, b"over 10 MB" in said) == (413, True), "in the words of the API"
    assert front.ask("POST", url, b"x" * 12_000_000, **key)[0] == 413
