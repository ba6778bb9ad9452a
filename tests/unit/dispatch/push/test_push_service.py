"""The tests' own push service decrypts what the standard says, so it can judge what we send."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.push_service import decrypt, from_unpadded

# RFC 8291, section 5 and appendix A.
PLAINTEXT = b"When I grow up, I want to be a watermelon"
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
MESSAGE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(from_unpadded(RECEIVER)), ec.SECP256R1())


def test_the_standards_own_example_decrypts() -> None:
    body = from_unpadded(MESSAGE)
    assert decrypt(body, key=_key(), auth=from_unpadded(AUTH)) == PLAINTEXT


@pytest.mark.parametrize("position", [0, 30, 90, -1])
def test_a_changed_message_does_not(position: int) -> None:
    body = bytearray(from_unpadded(MESSAGE))
    body[position] ^= 1
    with pytest.raises((InvalidTag, ValueError)):
        decrypt(bytes(body), key=_key(), auth=from_unpadded(AUTH))


def test_another_subscriptions_secret_does_not_decrypt_it() -> None:
    with pytest.raises(InvalidTag):
        decrypt(from_unpadded(MESSAGE), key=_key(), auth=bytes(16))
