"""Django's generic classes under names that the type checker can parametrise and Python can subclass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.forms.models import BaseInlineFormSet
from django.utils.text import capfirst

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
    AnyTabularInline = admin.TabularInline[Any, Any]
    AnyModelForm = forms.ModelForm[Any]
    AnyInlineFormSet = BaseInlineFormSet[Any, Any, forms.ModelForm[Any]]
else:
    AnyModelAdmin = admin.ModelAdmin
    AnyTabularInline = admin.TabularInline
    AnyModelForm = forms.ModelForm
    AnyInlineFormSet = BaseInlineFormSet


def capitalise_labels(form: forms.BaseForm) -> None:
    """Labels of declared fields begin with a capital, as Django does for the model's own."""
    for field in form.fields.values():
        if field.label:
            field.label = capfirst(str(field.label))
