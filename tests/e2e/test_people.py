"""Signing in and out, with and without a one-time code, and being signed out from elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser import Desk
from tests.support.field import CITY, DEEDS
from tests.support.served import PASSWORD, Served

REFUSED = r"Failed to load resource.*status of (401|403).*/api/v1/"
Profile = Callable[..., Desk]


@pytest.mark.parametrize(
    ("locale", "words"), [("zh-Hans", "用户名或密码不正确"), ("en", "name or password is wrong")]
)
def test_a_wrong_password_is_told_in_words(
    city: Served, profile: Profile, locale: str, words: str
) -> None:
    desk = profile(locale=locale)
    desk.open()
    desk.expect(REFUSED)
    desk.sign_in("city", "wrong")
    desk.page.get_by_test_id("login-error").wait_for()
    expect(desk.page.get_by_test_id("login-error")).to_contain_text(words)
    assert desk.page.get_by_test_id("login-password").evaluate("e => e === document.activeElement")
    desk.page.keyboard.type(PASSWORD)
    desk.page.keyboard.press("Enter")
    desk.wait_live()


def test_nothing_filled_in_asks_nobody(city: Served, profile: Profile) -> None:
    desk = profile()
    desk.open()
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    desk.page.get_by_test_id("login-submit").click()
    desk.page.get_by_test_id("login-error").wait_for()
    assert [url for url in asked if "/api/" in url] == []


def test_a_one_time_code_is_asked_for_where_there_is_one(city: Served, profile: Profile) -> None:
    city.do(f"{DEEDS}.add_person_with_otp", username="otp", password=PASSWORD, code=CITY)
    desk = profile()
    desk.open()
    expect(desk.page.get_by_test_id("login-otp")).to_have_count(0)
    desk.expect(REFUSED)
    desk.sign_in("otp", PASSWORD)
    otp = desk.page.get_by_test_id("login-otp")
    otp.wait_for()
    expect(desk.page.get_by_test_id("login-error")).to_have_count(0)
    otp.fill("000000")
    desk.page.get_by_test_id("login-submit").click()
    desk.page.get_by_test_id("login-error").wait_for()
    expect(desk.page.get_by_test_id("login-error")).to_contain_text("动态验证码不正确")
    otp.fill(city.do(f"{DEEDS}.one_time_code", username="otp"))
    desk.page.get_by_test_id("login-submit").click()
    desk.wait_live()


def test_signing_out_leaves_nothing_on_the_screen(city: Served, profile: Profile) -> None:
    desk = profile()
    desk.open()
    desk.sign_in("city", PASSWORD)
    desk.wait_live()
    desk.page.get_by_test_id("user-menu").click()
    desk.page.get_by_text("退出登录").click()
    desk.page.get_by_test_id("login-username").wait_for()
    assert "灵武" not in desk.text()
    expect(desk.page.get_by_test_id("alarm-row")).to_have_count(0)
    desk.page.reload()
    desk.page.get_by_test_id("login-username").wait_for()


def test_a_session_ended_elsewhere_ends_the_console_at_once(city: Served, profile: Profile) -> None:
    session = city.session("city")
    desk = profile()
    desk.adopt(session)
    desk.sit_down()
    desk.expect(REFUSED)
    session.sign_out()
    desk.page.get_by_test_id("login-username").wait_for()
    assert "会话已结束" in desk.text()
    desk.sign_in("city", PASSWORD)
    desk.wait_live()


def test_a_person_without_a_post_is_told_so(city: Served, profile: Profile) -> None:
    city.do("person", username="nobody", held=[])
    desk = profile()
    desk.open()
    desk.sign_in("nobody", PASSWORD)
    desk.page.get_by_text("没有查看告警的权限").wait_for()
    desk.page.get_by_text("退出登录").click()
    desk.page.get_by_test_id("login-username").wait_for()
