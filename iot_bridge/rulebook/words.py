"""What is wrong with a rule, in words, for the pages of the administration."""

from __future__ import annotations

from collections import defaultdict
from functools import reduce

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from iot_bridge.rules.engine.faults import Fault, FaultCode

FAULTS: dict[FaultCode, Promise] = {
    FaultCode.MISSING: _("is missing"),
    FaultCode.UNKNOWN_KEY: _("there is no such key here"),
    FaultCode.UNKNOWN_TYPE: _("there is no condition of this type; see docs/rules.md"),
    FaultCode.WRONG_SHAPE: _("has another shape than this key wants"),
    FaultCode.NOT_A_NUMBER: _("give a number"),
    FaultCode.NOT_WHOLE: _("give a whole number"),
    FaultCode.TOO_SMALL: _("too small; the limit is %(limit)s"),
    FaultCode.NOT_ABOVE: _("must be more than %(limit)s"),
    FaultCode.TOO_LARGE: _("too large; the limit is %(limit)s"),
    FaultCode.TOO_FEW: _("too few; at least %(limit)s"),
    FaultCode.TOO_MANY: _("too many; at most %(limit)s"),
    FaultCode.TOO_LONG: _("too long; at most %(limit)s characters"),
    FaultCode.BAD_FORM: _("is not written as this key wants"),
    FaultCode.NOT_A_CHOICE: _("one of %(expected)s"),
    FaultCode.CLEAR_BEYOND_RAISE: _("the alarm must end before the value at which it begins"),
    FaultCode.HALF_HOURS: _("give both hours, or neither"),
    FaultCode.ONE_AREA: _("give either a circle or a polygon"),
    FaultCode.BAD_POLYGON: _("no polygon that can be used: %(detail)s"),
    FaultCode.UNKNOWN_EVENT: _("these devices report no “%(name)s”; there are %(known)s"),
    FaultCode.UNKNOWN_FIELD: _("these events have no “%(name)s”; there are %(known)s"),
    FaultCode.FIELD_IS_NO_NUMBER: _("“%(name)s” is no number"),
    FaultCode.TOO_DEEP: _("conditions within one another more than %(limit)s deep"),
    FaultCode.EXPRESSION_SYNTAX: _("cannot be read: %(detail)s"),
    FaultCode.EXPRESSION_NAME: _("unknown name “%(name)s”; known are %(known)s"),
    FaultCode.EXPRESSION_FUNCTION: _("unknown function “%(name)s”; known are %(known)s"),
    FaultCode.EXPRESSION_MACRO: _("“%(name)s” is not allowed here"),
    FaultCode.EXPRESSION_FIELD: _("these events have no “%(name)s”; there are %(known)s"),
    FaultCode.EXPRESSION_FAILS: _("fails on “%(event)s”: %(detail)s"),
    FaultCode.NEEDS_TITLE: _("a condition of one's own needs a title in both languages"),
    FaultCode.NEEDS_DEFINITION: _(
        "a condition of one's own needs a definition: only a shipped one can be switched off"
    ),
    FaultCode.NOTHING_TO_TRY: _("there is nothing to try out"),
    FaultCode.UNKNOWN_CONDITION: _(
        "a shipped condition that a rule may decide about, or x_ and up to 22 small letters, digits or _"
    ),
    FaultCode.UNKNOWN_DEVICE: _("no such device in your jurisdictions"),
    FaultCode.UNKNOWN_CODE: _("no such jurisdiction in your jurisdictions"),
    FaultCode.UNKNOWN_KIND: _("there is no kind %(name)s"),
    FaultCode.BAD_SEVERITY: _("1 to 4"),
    FaultCode.TAKEN: _(
        "rule %(rule)s is in force for the same devices and condition; change that one"
    ),
    FaultCode.NOT_JSON: _("no JSON from line %(line)s, column %(column)s on"),
}


def fault_word(fault: Fault, *, line: int | None = None) -> str:
    """What is wrong, in the language of the page, with its place in the field. `line`: that in the JSON text."""
    word = str(FAULTS[fault.code]) % defaultdict(str, fault.facts)
    _field, _slash, rest = fault.pointer.lstrip("/").partition("/")
    places: list[str] = []
    if rest:
        places = [translation.gettext("line %(line)s") % {"line": line}] if line is not None else []
        places.append(f"/{rest}")
    if fault.line is not None:
        within = {"line": fault.line, "column": fault.column}
        places.append(
            translation.gettext("line %(line)s, column %(column)s of the expression") % within
        )
    if not places:
        return word
    place = reduce(_joined, places)
    return translation.gettext("%(place)s: %(what)s") % {"place": place, "what": word}


def _joined(one: str, other: str) -> str:
    return translation.gettext("%(one)s, %(other)s") % {"one": one, "other": other}
