"""Another system and an OwnTracks login of the eastern township, for tests that look from outside; see `deeds`."""

from __future__ import annotations

from dispatch.external import services as external
from dispatch.external.models import ExternalSystem
from dispatch.incidents.models import Source
from dispatch.incidents.reporting import Report
from dispatch.owntracks import services as owntracks
from dispatch.owntracks.models import TrackingLogin
from dispatch.units.models import Unit
from tests.support import city


def of_the_east(*, reference: str, unit: int) -> None:
    """A system that has reported there, and a team that says where it is."""
    name, code = f"{city.EAST.name}热线", city.EAST.code
    system = ExternalSystem.objects.filter(name=name).first()
    if system is None:
        system = ExternalSystem(name=name, jurisdiction_id=code)
        external.save_system(system=system, actor=None)
    report = Report(title=f"{city.EAST.name}来函", category="0901", source=Source.SYSTEM, code=code)
    external.report(system=system, wanted=external.ExternalWish(reference, report))
    if not TrackingLogin.objects.filter(unit_id=unit).exists():
        login = TrackingLogin(unit=Unit.objects.get(pk=unit))
        owntracks.issue(row=login, actor=None)
