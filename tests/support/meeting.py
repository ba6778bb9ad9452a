"""People in a conference in a real Chromium with a made-up camera and microphone: what arrives, by getStats."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.support.browser import Desk
from tests.support.waiting import wait_until

FAKE_MEDIA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# Small pictures, a dozen a second: the product's own setting for weak lines.
THIN = {"conference.thin": True, "conference.checked": True}

# Keeps the page's connections, and when the first picture of somebody else was on the screen.
WATCH = """(() => {
  const Own = window.RTCPeerConnection;
  window.__connections = [];
  window.RTCPeerConnection = class extends Own {
    constructor(options) { super(options); window.__connections.push(this); }
  };
  const look = video => {
    if (video.dataset.watched) return;
    video.dataset.watched = '1';
    video.requestVideoFrameCallback(() => {
      document.documentElement.dataset.firstPicture ??= String(performance.timeOrigin + performance.now());
    });
  };
  new MutationObserver(() => {
    for (const video of document.querySelectorAll('[data-own=false] video, [data-testid=main-picture]')) look(video);
  }).observe(document, {childList: true, subtree: true});
})();"""

_STATS = """async () => {
  const live = window.__connections.filter(one => one.connectionState !== 'closed').at(-1);
  if (!live) return [];
  const found = [];
  (await live.getStats()).forEach(one => {
    if (one.type === 'inbound-rtp' || one.type === 'outbound-rtp') found.push({...one});
  });
  return found;
}"""

# Of every picture of somebody else: its seat, and a sum over its pixels now.
_PIXELS = """() => {
  const canvas = document.createElement('canvas');
  canvas.width = 32; canvas.height = 18;
  const context = canvas.getContext('2d', {willReadFrequently: true});
  return [...document.querySelectorAll('[data-testid=tile] video, [data-testid=main-picture]')].map(video => {
    const seat = Number((video.closest('[data-seat]')).dataset.seat);
    if (video.videoWidth === 0) return [seat, 0];
    context.drawImage(video, 0, 0, 32, 18);
    let sum = 0;
    context.getImageData(0, 0, 32, 18).data.forEach((value, index) => { sum = (sum * 31 + value * (index % 7)) % 1000000007; });
    return [seat, sum];
  });
}"""


# Of every connection that lives: the names of its two ends (RFC 8445), and whether they are agreed on.
_ICE = r"""() => window.__connections
  .filter(one => one.connectionState !== 'closed')
  .flatMap(one => [one.localDescription, one.remoteDescription])
  .map(one => (/ice-ufrag:(\S+)/.exec(one?.sdp ?? '') ?? [])[1] ?? '')"""


class Participant:
    """Somebody at a page with a conference on it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @property
    def page(self) -> Page:
        """The page as it is now; a killed one has another."""
        return self.desk.page

    def stats(self, kind: str, media: str) -> list[dict[str, Any]]:
        """The counters of its streams: `inbound-rtp` or `outbound-rtp`, `video` or `audio`."""
        found: list[dict[str, Any]] = self.page.evaluate(_STATS)
        return [one for one in found if one["type"] == kind and one["kind"] == media]

    def decoded(self) -> dict[str, int]:
        """Frames decoded by media line, of those that ever got one."""
        return {
            one["mid"]: one.get("framesDecoded", 0)
            for one in self.stats("inbound-rtp", "video")
            if one.get("framesDecoded", 0) > 0
        }

    def sees(self, pictures: int, *, within_s: float = 20) -> None:
        """Wait until so many pictures move: their counters rise, and their pixels change."""
        before, pixels = self.decoded(), self.pixels()

        def moving() -> bool:
            rises = sum(count > before.get(mid, 0) for mid, count in self.decoded().items())
            now = self.pixels()
            changed = sum(bool(now[key]) and now[key] != pixels.get(key) for key in now)
            return rises >= pictures and changed >= pictures

        wait_until(moving, what=f"{pictures} pictures to move", timeout_s=within_s)

    def pixels(self) -> dict[tuple[int, int], int]:
        """A sum over each picture on the page; by seat, and which one of its pictures."""
        found: dict[tuple[int, int], int] = {}
        for seat, value in self.page.evaluate(_PIXELS):
            place = 0
            while (seat, place) in found:
                place += 1
            found[seat, place] = value
        return found

    def ice(self) -> list[str]:
        """The ICE names of both ends of its connections; a restart gives them others."""
        found: list[str] = self.page.evaluate(_ICE)
        return found

    def connections(self) -> int:
        """How many connections this page has ever made."""
        count: int = self.page.evaluate("window.__connections.length")
        return count

    def tallest(self) -> int:
        """Lines of the largest picture that is decoded now."""
        return max((one.get("frameHeight", 0) for one in self._pictures("inbound-rtp")), default=0)

    def layers(self) -> set[str]:
        """The sizes of its own camera that the page makes now, by rid."""
        return {one["rid"] for one in self._pictures("outbound-rtp") if one.get("active")}

    def frames_sent(self, rid: str) -> int:
        """How many frames of one size of its camera have gone out."""
        return sum(one["framesSent"] for one in self._pictures("outbound-rtp") if one["rid"] == rid)

    def _pictures(self, kind: str) -> list[dict[str, Any]]:
        """Streams that hold pictures; of those sent, those with a rid."""
        streams = self.stats(kind, "video")
        return [one for one in streams if kind == "inbound-rtp" or "rid" in one]

    def audio_packets(self) -> int:
        """How many packets of voices have come."""
        return sum(one["packetsReceived"] for one in self.stats("inbound-rtp", "audio"))

    def audio_rate(self, seconds: float = 1.2) -> float:
        """Packets of voices in a second."""
        before, at = self.audio_packets(), time.monotonic()
        time.sleep(seconds)
        return (self.audio_packets() - before) / (time.monotonic() - at)

    def first_frame(self) -> float:
        """When somebody else's first picture was on the screen, epoch ms."""
        page = self.page.locator("html[data-first-picture]")
        page.wait_for()
        return float(page.get_attribute("data-first-picture") or "nan")


def joining(open_profile: Callable[..., Desk]) -> Callable[..., Desk]:
    """The same fixture, for pages that are going to be in a conference."""

    def open_one(**choices: Any) -> Desk:
        desk = open_profile(**{**THIN, **choices})
        desk.context.add_init_script(WATCH)
        desk.context.grant_permissions(["camera", "microphone"], origin=desk.base)
        return desk

    return open_one
