"""What finds a string that is untranslated, a key, or left in the other language."""

from __future__ import annotations

import json
import re

from command_center.supervisor.demo import USERNAMES
from dispatch.demo.people import ACCOUNTS
from tests.e2e.tour import CHIEF
from tests.support.browser import Desk

LOOKS = (("dark", "zh-Hans"), ("light", "en"))
"""Themes and languages in which every view is walked through: each of them once."""

STRINGS = """() => {
  const found = new Set([document.title]);
  const shown = element => element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      const parent = node.parentElement;
      if (!parent.closest('script, style, noscript, code, pre, kbd, [translate=no], [data-testid=audit-row] small') && shown(parent)) found.add(node.textContent.trim());
    } else if (shown(node) && !node.closest('[translate=no]'))
      for (const name of ['aria-label', 'title', 'placeholder', 'aria-description', 'aria-valuetext'])
        if (node.hasAttribute(name)) found.add(node.getAttribute(name).trim());
  }
  return [...found].filter(Boolean);
}"""
CHINESE = re.compile(r"[\u3400-\u9fff]+")
ENGLISH = re.compile(r"[A-Za-z]{3,}")
KEY = re.compile(r"^[a-z][A-Za-z]*(\.[A-Za-z_0-9]+)+$")
# Names, units and what is the same in both languages.
ALLOWED = {
    "zh-Hans": re.compile(
        r"MQTT|JSON|TURN|UDP|TCP|Web (?=推送)|OwnTracks|SOS|\bI{1,3}V?\b|\bsc/v1/\S+|line \d+ column \d+|Esc|Ctrl|Shift|Del|English|Home|End|PgUp|PgDn|Space|Enter|Leaflet|https?"
    ),
    "en": re.compile(r"切换到中文|中文|中"),
}


def names(desk: Desk) -> str:
    """Data that stays as it is: names of places, devices, units and people; titles, codes and ids."""
    found = {
        "值班长",
        *(account.name for account in ACCOUNTS),
        "canonical",
        CHIEF,
        *USERNAMES,
    }
    for frame in desk.frames:
        data = json.loads(frame)
        for items in data["state"].values() if data["type"] == "snapshot" else ():
            for item in items:
                found |= {
                    str(item.get(key) or "") for key in ("name", "site", "id", "code", "title")
                }
        if data["type"] == "state":
            for seat in data["conference"]["seats"]:
                found |= {seat["name"], seat["place"], seat["township"]}
    return "\n".join(sorted(found))


def untranslated(desk: Desk, data: str, locale: str) -> list[str]:
    """What the page shows that is neither in this language nor data."""
    return leftovers(desk.page.evaluate(STRINGS), data, locale)


def leftovers(strings: list[str], data: str, locale: str) -> list[str]:
    """The strings with words that are not in this language and no data, or that are keys."""
    foreign = CHINESE if locale == "en" else ENGLISH
    return [
        text
        for text in strings
        if KEY.match(text)
        or any(word not in data for word in foreign.findall(ALLOWED[locale].sub(" ", text)))
    ]
