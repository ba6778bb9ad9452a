"""The gentle life of a city: every device's everyday, and the stories on top."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iot_bridge.simulator.director import Director, Scene
from iot_bridge.simulator.everyday import moment
from iot_bridge.simulator.loop import Loop, Timer
from iot_bridge.simulator.stories import ComeBack, Drop, Say, Step
from iot_bridge.simulator.voices import Voice


class City:
    """Plays moments and stories through the devices' voices. A device in a story has no everyday."""

    def __init__(
        self,
        loop: Loop,
        voices: Sequence[Voice],
        *,
        director: Director | None,
        seed: int,
        hour: Callable[[], float],
        say: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._voices = {voice.player.id: voice for voice in voices}
        self._dice = {voice.player.id: voice.player.chance(seed, "everyday") for voice in voices}
        self._everyday: dict[str, Timer] = {}
        self._busy: set[str] = set()
        self._director = director
        self._hour = hour
        self._say = say

    def start(self) -> None:
        """Let every device connect, live, and now and then have a story."""
        for voice in self._voices.values():
            voice.start()
            self._live(voice, first=True)
        if self._director is not None and not self._director.idle:
            self._loop.call_later(self._director.pause_s(), self._direct)

    def close(self) -> None:
        """Let every device leave in good order."""
        for voice in self._voices.values():
            voice.close()

    def _direct(self) -> None:
        assert self._director is not None  # noqa: S101 - `start` saw to it
        scene = self._director.next_scene(self._busy)
        if scene is not None:
            self._begin(scene)
        self._loop.call_later(self._director.pause_s(), self._direct)

    def _begin(self, scene: Scene) -> None:
        device_id = scene.player.id
        self._say(f"{scene.story}: {scene.player.name or device_id} ({device_id})")
        self._busy.add(device_id)
        timer = self._everyday.pop(device_id, None)
        if timer is not None:
            timer.cancel()
        self._play(scene.steps, lambda: self._end(device_id))

    def _end(self, device_id: str) -> None:
        self._busy.discard(device_id)
        self._live(self._voices[device_id])

    def _live(self, voice: Voice, *, first: bool = False) -> None:
        """Everyday: one moment, and then the next. The first comes early, or all would begin late."""
        device_id = voice.player.id
        dice = self._dice[device_id]
        steps = moment(voice.player, dice, self._hour())
        if not steps:
            return
        head, *rest = steps
        delay_s = head.delay_s * (dice.random() if first else 1)
        steps = (Step(delay_s, head.device_id, head.act), *rest)
        self._play(steps, lambda: self._live(voice), everyday=device_id)

    def _play(
        self, steps: Sequence[Step], then: Callable[[], None], *, everyday: str | None = None
    ) -> None:
        """One step after the other, then `then`."""
        if not steps:
            then()
            return
        head, rest = steps[0], steps[1:]

        def act() -> None:
            self._act(head)
            self._play(rest, then, everyday=everyday)

        timer = self._loop.call_later(head.delay_s, act)
        if everyday is not None:
            self._everyday[everyday] = timer

    def _act(self, step: Step) -> None:
        voice = self._voices[step.device_id]
        match step.act:
            case Say(type=type_, data=data):
                voice.say(type_, data)
            case Drop():
                voice.drop()
            case ComeBack():
                voice.start()
