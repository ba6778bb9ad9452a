"""Admin pages of accounts and their posts."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.db.models import Model, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from command_center.accounts import otp_pages, services
from command_center.accounts.models import Post, User
from command_center.accounts.policy import Permission, Role
from command_center.accounts.scope import Scope
from command_center.accounts.selectors import has_one_time_password
from command_center.administration.bases import (
    AnyInlineFormSet,
    AnyModelForm,
    capitalise_labels,
)
from command_center.administration.inlines import ScopedInline
from command_center.administration.scoped import ScopedModelAdmin, shown
from command_center.jurisdictions.selectors import root_code


class AccountForm(AnyModelForm):
    """An account with a field for a new password; the hash is never shown."""

    actor: User | None = None

    new_password = forms.CharField(
        label=_("new password"),
        required=False,
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "vTextField"}),
        help_text=_("Leave empty to keep the present one."),
    )

    class Meta:
        model = User
        fields = ("username", "name", "email", "language", "is_active", "is_staff")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None and "new_password" in self.fields:
            field = self.fields["new_password"]
            field.required, field.label = True, _("password")
            field.help_text = password_validators_help_text_html()
        if "is_staff" in self.fields:
            self.fields["is_staff"].label = _("admin pages")
            self.fields["is_staff"].help_text = _(
                "May open these pages; what they show is the posts'."
            )
        capitalise_labels(self)

    def clean_new_password(self) -> str:
        """Strong enough."""
        password = str(self.cleaned_data.get("new_password") or "")
        if password:
            validate_password(password, self.instance)
        return password

    def clean(self) -> dict[str, Any]:
        """Nobody locks themselves out."""
        cleaned = super().clean() or self.cleaned_data
        if self.actor is not None and self.instance.pk == self.actor.pk:
            for name in ("is_active", "is_staff"):
                if name in cleaned and not cleaned[name]:
                    self.add_error(name, _("You cannot take this from your own account."))
        return cleaned


class PostFormSet(AnyInlineFormSet):
    """The posts that exist for the person who edits."""

    actor: User | None = None

    def clean(self) -> None:
        """Nobody takes their own administration."""
        super().clean()
        if self.actor is None or self.instance.pk != self.actor.pk or any(self.errors):
            return
        if not any(Role(role) is Role.ADMINISTRATOR for role, _code in self.kept()):
            raise ValidationError(_("You cannot take your own post of administrator."))

    def kept(self) -> set[tuple[str, str]]:
        """Role and code of every post that is to be there."""
        return {
            (form.cleaned_data["role"], form.cleaned_data["jurisdiction"].pk)
            for form in self.forms
            if form.cleaned_data.get("role")
            and form.cleaned_data.get("jurisdiction")
            and not form.cleaned_data.get("DELETE")
        }


class PostInline(ScopedInline):
    """Posts within the jurisdictions whose accounts one manages."""

    manage_permission = Permission.ACCOUNTS_MANAGE
    model = Post
    formset = PostFormSet
    extra = 1
    autocomplete_fields = ("jurisdiction",)

    def get_formset(self, request: HttpRequest, obj: Any | None = None, **kwargs: Any) -> Any:
        """A formset that knows who edits."""
        formset = super().get_formset(request, obj, **kwargs)
        return type(formset.__name__, (formset,), {"actor": request.user})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Post]:
        """Only what exists for the person who asks."""
        scope = self.manageable(request)
        return super().get_queryset(request).filter(scope.condition("jurisdiction_id"))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only jurisdictions whose accounts one manages."""
        if db_field.name == "jurisdiction":
            scope = self.manageable(request)
            kwargs["queryset"] = db_field.remote_field.model.objects.filter(scope.condition())
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(User)
class AccountAdmin(ScopedModelAdmin):
    """Accounts with a post in one's jurisdictions; those without any belong to the top."""

    view_permission = Permission.ACCOUNTS_MANAGE
    manage_permission = Permission.ACCOUNTS_MANAGE
    form = AccountForm
    inlines = (PostInline,)
    list_display = ("username", "name", "post_list", "is_active", "opens_admin", "last_login")
    list_filter = ("is_active", "posts__role")
    search_fields = ("username", "name")
    ordering = ("username",)
    _own = ("username", "name", "email", "language", "is_active", "is_staff")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Accounts with a post in scope; at the top also those without a post."""
        scope = self.viewable(request)
        here = Post.objects.filter(scope.condition("jurisdiction_id"))
        condition = Q(pk__in=here.values("user_id"))
        if scope.covers(root_code() or "-"):
            condition |= Q(posts__isnull=True)
        rows = User.objects.filter(condition).distinct().order_by(*self.ordering)
        posts = here.select_related("jurisdiction")
        return rows.prefetch_related(Prefetch("posts", posts, to_attr="posts_here"))

    def has_view_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        """Whether one may look, at this account if one is given."""
        scope = self.viewable(request)
        return bool(scope) and (obj is None or self._here(scope, obj))

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        """Whether one may change something, of this account if one is given."""
        return self.has_view_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        """Only accounts that are wholly within one's jurisdictions, and never one's own."""
        if obj is None:
            return bool(self.manageable(request))
        return self._wholly(request, obj) and obj.pk != request.user.pk

    def _here(self, scope: Scope, user: User) -> bool:
        codes = list(user.posts.values_list("jurisdiction_id", flat=True))
        return any(map(scope.covers, codes)) if codes else scope.covers(root_code() or "-")

    def _wholly(self, request: HttpRequest, user: User) -> bool:
        scope = self.manageable(request)
        codes = list(user.posts.values_list("jurisdiction_id", flat=True))
        return all(map(scope.covers, codes)) and self._here(scope, user)

    def get_fieldsets(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """Of an account with posts elsewhere, only the posts here can be edited."""
        if obj is None:
            return [(None, {"fields": ("username", "new_password", *self._own[1:])})]
        if not self._wholly(request, obj):
            return [(None, {"fields": ("username", "name", "elsewhere")})]
        secrets = (_("Signing in"), {"fields": ("new_password", "one_time_password", "last_login")})
        return [(None, {"fields": self._own}), secrets]

    def get_readonly_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """See get_fieldsets."""
        shown_only = ("one_time_password", "last_login", "elsewhere")
        if obj is not None and not self._wholly(request, obj):
            return ("username", "name", *shown_only)
        return shown_only

    def get_form(
        self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Any]]:
        """A form that knows who edits. A declared field stays in a form unless it is struck out."""
        form = super().get_form(request, obj, change=change, **kwargs)
        told: dict[str, Any] = {"actor": request.user}
        if obj is not None and not self._wholly(request, obj):
            told["new_password"] = None
        return type(form.__name__, (form,), told)

    @shown(_("posts"))
    def post_list(self, user: User) -> str:
        """The posts in scope."""
        posts: list[Post] = getattr(user, "posts_here", [])
        return "，".join(f"{post.jurisdiction.name} {post.get_role_display()}" for post in posts)

    @admin.display(description=_("admin pages"), ordering="is_staff", boolean=True)
    def opens_admin(self, user: User) -> bool:
        """Whether it opens these pages."""
        return user.is_staff

    @shown(_("posts elsewhere"))
    def elsewhere(self, _user: User) -> str:
        """Why the rest cannot be edited."""
        return str(
            _("This account also serves elsewhere; only its posts in your jurisdictions are yours.")
        )

    @shown(_("one-time password"))
    def one_time_password(self, user: User) -> SafeString | str:
        """Whether there is one, and the way to its page."""
        state = _("set up") if has_one_time_password(user) else _("none")
        address = reverse("admin:accounts_user_otp", args=[user.pk])
        return format_html('{} · <a href="{}">{}</a>', state, address, _("Change"))

    def get_urls(self) -> list[URLPattern]:
        """With the page of the one-time password."""
        view = self.admin_site.admin_view(self.otp_view)
        return [path("<int:user_id>/otp/", view, name="accounts_user_otp"), *super().get_urls()]

    def otp_view(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """Set up or remove an account's one-time password."""
        user = self.get_queryset(request).filter(pk=user_id).first()
        if user is None or not self._wholly(request, user):
            return HttpResponseRedirect(reverse("admin:index"))
        back = reverse("admin:accounts_user_change", args=[user.pk])
        return otp_pages.page(self.admin_site, request, user, back=back)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Waits for the posts: one act, in save_related."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The account and its posts, through the service."""
        posts: set[services.PostAt] = set()
        for formset in formsets:
            formset.save(commit=False)  # tells the log what changed; the service writes
            posts |= {services.PostAt(Role(role), code) for role, code in formset.kept()}
        user = cast(User, form.instance)
        scope = self.manageable(request)
        if user.pk is not None:
            posts |= {
                services.PostAt(Role(role), code)
                for role, code in user.posts.values_list("role", "jurisdiction_id")
                if not scope.covers(code)
            }
        services.save_account(
            user=user,
            posts=posts,
            password=form.cleaned_data.get("new_password") or None,
            actor=cast(User, request.user),
        )
        if user.pk == request.user.pk:
            update_session_auth_hash(request, user)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Through the service."""
        services.remove_account(user=cast(User, obj), actor=cast(User, request.user))
