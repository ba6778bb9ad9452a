"""Every reason can be told to an operator in both languages."""

from iot_bridge.intake.admin import REASONS
from iot_bridge.protocol.reasons import DeadLetterReason


def test_every_reason_has_one_line_in_both_languages() -> None:
    for reason in DeadLetterReason:
        assert reason.zh
        assert reason.en.endswith(".")
        assert "\n" not in reason.zh + reason.en


def test_every_reason_has_a_short_name_in_the_administration() -> None:
    assert set(REASONS) == set(DeadLetterReason)
