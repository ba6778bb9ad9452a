"""The page on which a one-time password is set up or removed: for an account, or for oneself."""

from __future__ import annotations

import base64
import io
from typing import cast

import qrcode
import qrcode.image.svg
from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from command_center.accounts import services
from command_center.accounts.models import User
from command_center.accounts.selectors import has_one_time_password


class TokenForm(forms.Form):
    """The six digits that the authenticator shows."""

    token = forms.CharField(
        label=_("The six digits that it shows"),
        max_length=8,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )


def own_page(site: AdminSite, request: HttpRequest, back: str) -> HttpResponse:
    """One's own one-time password."""
    return page(site, request, cast(User, request.user), back=back)


def page(site: AdminSite, request: HttpRequest, user: User, *, back: str) -> HttpResponse:
    """Show the state; take the first token, or remove. The new secret waits in the session."""
    actor = cast(User, request.user)
    if request.method == "POST" and "remove" in request.POST:
        services.remove_one_time_password(user=user, actor=actor)
        messages.success(request, _("The one-time password was removed."))
        return HttpResponseRedirect(back)
    present = has_one_time_password(user)
    slot = f"otp-key-{user.pk}"
    key = request.session.get(slot) or services.new_one_time_key()
    form = TokenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and not present and form.is_valid():
        try:
            device = services.set_one_time_password(
                user=user, key=key, token=form.cleaned_data["token"], actor=actor
            )
        except ValidationError as error:
            form.add_error("token", error)
        else:
            request.session.pop(slot, None)
            services.verified_by(request, device, actor)
            messages.success(request, _("The one-time password is set up."))
            return HttpResponseRedirect(back)
    if not present:
        request.session[slot] = key
    address = services.one_time_address(user=user, key=key)
    context = {
        **site.each_context(request),
        "title": _("One-time password of %(account)s") % {"account": user.username},
        "present": present,
        "form": form,
        "back": back,
        "picture": None if present else _picture(address),
        "secret": base64.b32encode(bytes.fromhex(key)).decode().rstrip("="),
    }
    request.current_app = site.name
    return TemplateResponse(request, "administration/otp.html", context)


def _picture(address: str) -> str:
    """A QR code as a data URI."""
    stream = io.BytesIO()
    qrcode.make(address, image_factory=qrcode.image.svg.SvgPathImage, border=1).save(stream)
    return "data:image/svg+xml;base64," + base64.b64encode(stream.getvalue()).decode()
