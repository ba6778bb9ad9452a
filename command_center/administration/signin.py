"""Signing in and out on the admin pages: the same service, lockout and audit as everywhere."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.auth.views import RedirectURLMixin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from command_center.api.auth import user_of
from command_center.api.problems import Problem, ProblemCode
from command_center.sessions.services import close_session, open_session

WORDS = {
    ProblemCode.WRONG_CREDENTIALS: _("User name or password is wrong."),
    ProblemCode.OTP_REQUIRED: _("This account needs its one-time password as well."),
    ProblemCode.OTP_WRONG: _("The one-time password is wrong."),
    ProblemCode.LOCKED_OUT: _("Too many failed attempts; try again later."),
}


class SignInForm(forms.Form):
    """Opens the session while being cleaned."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    otp = forms.CharField(
        label=_("One-time password"),
        required=False,
        max_length=16,
        help_text=_("if the account has one"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request

    def clean(self) -> dict[str, Any]:
        """Sign in, or say why not."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            open_session(
                self._request,
                username=cleaned["username"],
                password=cleaned["password"],
                otp=cleaned["otp"] or None,
            )
        except Problem as problem:
            raise ValidationError(
                WORDS.get(problem.code, str(problem)), code=str(problem.code)
            ) from problem
        return cleaned


def sign_in(site: AdminSite, request: HttpRequest, extra: dict[str, Any]) -> HttpResponse:
    """The sign-in page, and on success the page that was asked for."""
    target = _Target(request).get_success_url()
    if request.method == "GET" and site.has_permission(request):
        return HttpResponseRedirect(target)
    form = SignInForm(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return HttpResponseRedirect(target)
    context = {
        **site.each_context(request),
        "title": _("Sign in"),
        "form": form,
        "next": target,
        "app_path": request.get_full_path(),
        "username": request.user.get_username(),
        **extra,
    }
    request.current_app = site.name
    return TemplateResponse(request, "administration/login.html", context)


class _Target(RedirectURLMixin):
    """The page to go to: `next` if it is ours, else the start page."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def get_default_redirect_url(self) -> str:
        return reverse("admin:index")


def close(request: HttpRequest) -> None:
    """Close the session, if there is one."""
    if request.method == "POST" and request.user.is_authenticated:
        close_session(request, user_of(request))
