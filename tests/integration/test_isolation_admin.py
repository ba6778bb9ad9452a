"""What lies outside one's posts does not exist: on no page of the administration.

The pages come from the admin's registry.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from tests.support import city
from tests.support.consoles import Session
from tests.support.outside import Outside, traces_in
from tests.support.stack import Stack

SignIn = Callable[..., Session]


def test_no_admin_page_shows_what_lies_outside(
    stack: Stack, outside: Outside, sign_in: SignIn
) -> None:
    assert outside.alarms
    session = sign_in("admin2", web=1)
    pages: dict[str, list[str]] = stack.do("admin_objects", traces=list(city.EAST.traces()))
    assert any("device" in path for path in pages)
    assert any(pages.values())
    assert session.get("/admin/").status_code == 200
    for path in pages:
        for page in (path, f"{path}add/", f"{path}?q={city.EAST.mark}", f"{path}?all=1"):
            answer = session.get(page)
            assert answer.status_code in (200, 302, 403, 404), f"{page}: {answer.status_code}"
            shown = answer.text.replace(f"?q={city.EAST.mark}", "").replace(
                f'value="{city.EAST.mark}"', ""
            )
            assert traces_in(shown) == [], page
    for path, keys in pages.items():
        for key, view in product(keys, ("change", "history", "delete")):
            session.http.cookies.delete("messages")  # what the last refusal said of its key
            answer = session.get(f"{path}{key}/{view}/")
            assert answer.status_code in (200, 302, 403, 404), f"{path}{key}/{view}/"
            # An account with posts here and there may be seen, its post there may not.
            assert traces_in(answer.text) == [], f"{path}{key}/{view}/"


def test_who_is_no_administrator_has_no_admin(sign_in: SignIn) -> None:
    for username in ("city", "town2", "nobody", None):
        answer = sign_in(username).get("/admin/devices/device/")
        assert answer.status_code in (302, 403), username
        assert traces_in(answer.text) == []
