"""Times as bounds of ids, where ids and times are not in one order."""

from datetime import timedelta

import pytest
from django.utils import timezone

from command_center.api.lanes import bounds
from command_center.audit.models import AuditEntry


@pytest.mark.django_db
def test_what_comes_first_after_a_pause_need_not_have_the_first_id() -> None:
    now = timezone.now()
    old, *fresh = (
        AuditEntry.objects.create(at=now - timedelta(seconds=ago), action="session.login").pk
        for ago in (7200, 30, 60, 45)  # a clock behind, after an hour and more of nothing
    )
    for ago in (3600, 60):
        least, below = bounds(AuditEntry, "at", since=now - timedelta(seconds=ago), until=now)
        assert least <= min(fresh)
        assert below is None or below > max(fresh)
    least, _below = bounds(AuditEntry, "at", since=now - timedelta(seconds=3600), until=None)
    assert least >= old
