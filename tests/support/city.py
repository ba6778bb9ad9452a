"""The small city of the tests: three townships whose names, codes and device ids tell them apart.

Pure data; `deeds.seed` writes it into a database.
"""

from collections.abc import Iterator
from dataclasses import dataclass

CITY = "640181"
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True, slots=True)
class Township:
    """A township; `mark` begins the id of everything in it, `name` everybody's name."""

    code: str
    name: str
    mark: str

    @property
    def villages(self) -> tuple[str, str]:
        """The codes of its two villages."""
        return f"{self.code}001", f"{self.code}002"

    def traces(self) -> tuple[str, ...]:
        """Texts by which anything of this township is recognised in an answer or a frame."""
        return self.code, self.name, f"{self.mark}-"


EAST = Township("640181100", "东塔镇", "dongta")
SOUTH = Township("640181101", "郝家桥镇", "haojiaqiao")
WEST = Township("640181102", "崇兴镇", "chongxing")
TOWNSHIPS = (EAST, SOUTH, WEST)
GRID = f"{EAST.villages[0]}001"

KINDS = ("face_gate", "face_gate", "wifi_probe", "fire_lane", "panic_button", "smoke", "camera")
UNIT_KINDS = ("patrol", "village_centre")


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """A device of the city."""

    id: str
    name: str
    kind: str
    code: str
    codec: str = "canonical"
    external_id: str = ""

    @property
    def topic(self) -> str:
        """Its MQTT topic up to the channel."""
        code = self.code[:12].ljust(12, "0")
        return f"sc/v1/{code[:6]}/{code[6:9]}/{code[9:]}/{self.kind}/{self.id}"


@dataclass(frozen=True, slots=True)
class Person:
    """An account and its posts, as (role, code)."""

    username: str
    posts: tuple[tuple[str, str], ...]
    staff: bool = False

    @property
    def name(self) -> str:
        """The name shown; of who belongs to one township it bears that township's mark."""
        codes = {code[:9] for _, code in self.posts}
        marks = [t.mark for t in TOWNSHIPS if codes == {t.code}]
        return f"{marks[0]}-{self.username}者" if marks else f"{self.username}者"


PEOPLE = (
    Person("city", (("dispatcher", CITY),)),
    Person("city2", (("dispatcher", CITY),)),
    Person("town", (("township_officer", EAST.code),)),
    Person("town2", (("township_officer", SOUTH.code),)),
    Person("both", (("township_officer", EAST.code), ("village_officer", SOUTH.villages[0]))),
    Person("village", (("village_officer", EAST.villages[0]),)),
    Person("patrol", (("patrol", EAST.code),)),
    Person("auditor", (("auditor", CITY),)),
    Person("admin", (("administrator", CITY),), staff=True),
    Person("admin2", (("administrator", SOUTH.code),), staff=True),
    Person("nobody", ()),
)


def jurisdictions() -> Iterator[tuple[str, str]]:
    """Codes and names, parents first."""
    yield CITY, "灵武市"
    for township in TOWNSHIPS:
        yield township.code, township.name
        for number, village in enumerate(township.villages, 1):
            yield village, f"{township.name}第{number}村"
    yield GRID, f"{EAST.name}第1村第1网格"


def fleet() -> Iterator[DeviceFacts]:
    """The devices: seven in each village."""
    for township in TOWNSHIPS:
        for number, village in enumerate(township.villages, 1):
            for position, kind in enumerate(KINDS):
                yield DeviceFacts(
                    id=f"{township.mark}-{number}-{kind}-{position}",
                    name=f"{township.name}{number}村{kind}",
                    kind=kind,
                    code=village,
                )
