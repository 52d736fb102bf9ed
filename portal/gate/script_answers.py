"""What a script gets where a person would be sent to another page.

Two kinds of scripts ask: htmx (it says so in `HX-Request`) and our own (`X-Plumbline`). Both follow
a redirect without knowing it and then take the page at its end for their answer: a sign-in page for
"saved", a whole page for a fragment. So here, for every view at once, a redirect becomes a status
and words, and nothing but a view's own answer ever reaches a script.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

from portal.gate import unsent

OURS = "X-Plumbline"
PERSON, PERSON_FIELD = "X-Plumbline-Person", "plumbline_person"
OTHER_PERSON = "Somebody else is signed in in this browser now. Nothing was sent in their name."
SIGNED_OUT = "You are signed out. Sign in again; what you did here is kept until it is sent."
WORDS = {
    400: "That could not be read. Nothing was saved. Load the page again.",
    403: "Your role does not reach this. Nothing was saved.",
    404: "This is not here any more, or not yours to see. Nothing was saved.",
    405: "That address takes no such request. Nothing was saved. Load the page again.",
    413: "That was too long. Nothing was saved. Shorten it and send it again.",
    429: "Too many at once. Nothing was saved. It is sent again in a while.",
    500: "We failed, and nothing was saved. It is sent again in a while.",
}


def is_ours(request: HttpRequest) -> bool:
    """True when a script of our own asks."""
    return OURS in request.headers


def is_htmx(request: HttpRequest) -> bool:
    """True when htmx asks for a fragment."""
    return request.headers.get("HX-Request") == "true"


def page_of(request: HttpRequest) -> str:
    """The page somebody was on when it asked, as a path on this site; the first page when it does
    not say or says another site's."""
    said = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    if not url_has_allowed_host_and_scheme(said, allowed_hosts={request.get_host()}):
        return "/"
    at = urlsplit(said)
    return urlunsplit(("", "", at.path or "/", at.query, ""))


def sign_in_url(request: HttpRequest, **more: str) -> str:
    """The sign-in page, and from there back to where the person was."""
    asked = {"next": page_of(request), **more}
    return f"{resolve_url(settings.LOGIN_URL)}?{urlencode(asked)}"


def refused(code: str, message: str, status: int, **more: str) -> JsonResponse:
    """A refusal for a script of ours: a code for it, words for the person."""
    return JsonResponse({"code": code, "message": message, **more}, status=status)


def _filled_in_by(request: HttpRequest) -> str:
    """The id of the person whose page a post comes from, when our scripts say it."""
    if request.method != "POST":
        return ""
    return request.headers.get(PERSON) or request.POST.get(PERSON_FIELD, "")


def signed_out(request: HttpRequest) -> HttpResponse:
    """401 in the words that fit who asks."""
    address = sign_in_url(request)
    if is_ours(request):
        return refused("signed_out", SIGNED_OUT, 401, sign_in=address)
    html = render_to_string("portal/_signed_out.html", {"sign_in": address})
    return HttpResponse(html, status=401)


class ScriptAnswers:
    """Middleware: turns redirects and error pages into answers that a script can tell."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.script = request.headers.get(OURS, "")  # type: ignore[attr-defined]
        response = self.get_response(request)
        if is_ours(request) or is_htmx(request):
            response = self._for_script(request, response)
            # A fragment has the address of its page: Back must never show it as one.
            response.headers["Cache-Control"] = "no-store"
        elif request.method == "POST" and self._wants_sign_in(response):
            # An address that takes posts only is no place to come back to.
            return unsent.offer(request, sign_in_url(request), status=401)
        elif request.method == "POST":
            unsent.acknowledge(request, response)
        if is_ours(request):
            response.headers[OURS] = "1"  # by this a script tells us from a network's own page
        return response

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Refuse what somebody else than the person who is signed in now has filled in."""
        filled_in_by = _filled_in_by(request)
        person = getattr(request, "user", None)
        if not filled_in_by or person is None or not person.is_authenticated:
            return None
        if filled_in_by == str(person.pk):
            return None
        if is_ours(request):
            return refused("other_person", OTHER_PERSON, 409)
        request.unsent = True  # type: ignore[attr-defined]  # the browser keeps it
        return render(request, "portal/other_person.html", status=409)

    def _wants_sign_in(self, response: HttpResponseBase) -> bool:
        place = urlsplit(response.headers.get("Location", "")).path
        return response.status_code == 302 and place == resolve_url(settings.LOGIN_URL)

    def _for_script(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if self._wants_sign_in(response):
            return signed_out(request)
        if 300 <= response.status_code < 400 and "Location" in response.headers:
            place = response.headers["Location"]
            if is_ours(request):
                return JsonResponse({"location": place})
            return HttpResponse(status=204, headers={"HX-Redirect": place})
        page = response.headers.get("Content-Type", "").startswith("text/html")
        if is_ours(request) and page and response.status_code >= 400:
            known = min(response.status_code, 500)
            words = WORDS.get(known, WORDS[400])
            return refused(f"http_{response.status_code}", words, response.status_code)
        return response
