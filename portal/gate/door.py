"""The one door for what browsers send: what PostgreSQL cannot keep never reaches a view.

Nobody types a NUL; it comes from a clipboard. In a query it is left out. In a form it is marked: a
field of portal.forms.fields says so and shows the text without it, whatever else reads the form
leaves it out. A path with one is no address of ours. Passwords are no text of ours: their fields
refuse a NUL themselves. Programs are told which parameter holds it.
"""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict

from ingestion.api.errors import ApiError
from portal.given import cannot_be_kept, kept, substituted


def refusal(request: HttpRequest) -> ApiError | None:
    """What a program is told whose address holds what cannot be kept."""
    unfit = (
        name
        for name, values in request.GET.lists()
        if cannot_be_kept(name) or any(map(cannot_be_kept, values))
    )
    where = "path" if cannot_be_kept(request.path_info) else next(unfit, None)
    if where is None:
        return None
    return ApiError(
        422,
        "invalid",
        "It holds a NUL byte or half of a surrogate pair.",
        "Send valid Unicode without NUL.",
        field=kept(where),
    )


def _cleaned(form: QueryDict, clean: Callable[[str], str]) -> QueryDict | None:
    """The form or query as it can be kept; None when it can as it is."""
    changed = QueryDict(mutable=True, encoding=form.encoding)
    is_other = False
    for name, values in form.lists():
        fit = values if "password" in name else [clean(one) for one in values]
        changed.setlist(kept(name), fit)
        is_other = is_other or fit != values or kept(name) != name
    changed._mutable = False
    return changed if is_other else None


class Door:
    """Middleware before whatever looks into the address, the cookies or the form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if cannot_be_kept(request.path_info):
            raise BadRequest("The address holds what cannot be kept.")
        if (query := _cleaned(request.GET, kept)) is not None:
            request.GET = query  # type: ignore[assignment]  # its types know it as never changed
        for name in [name for name, value in request.COOKIES.items() if cannot_be_kept(value)]:
            del request.COOKIES[name]  # it is none that we set
        if request.method == "POST" and (form := _cleaned(request.POST, substituted)) is not None:
            request.POST = form  # type: ignore[assignment]  # a setter that its types do not know
        return self.get_response(request)
