"""What tests do to cameras' addresses in the system's own process."""

from __future__ import annotations

from conferencing.conferences.equipment import Way
from dispatch.cameras.models import CameraAddress
from dispatch.cameras.services import remove_address, save_address


def set_address(*, device: str, address: str, user: str = "", password: str = "") -> None:
    """Say where a camera's stream is, as an administrator does."""
    row = CameraAddress.objects.filter(pk=device).first() or CameraAddress(device_id=device)
    save_address(row=row, way=Way(address, user, password), actor=None)


def forget_addresses() -> None:
    """No camera has an address."""
    for row in CameraAddress.objects.all():
        remove_address(row=row, actor=None)
