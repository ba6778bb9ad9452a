"""Two pages of a real Chromium publish simulcast and see each other through the media node."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright

from tests.support.browser import CHROMIUM, FLAGS
from tests.support.ports import free_udp_port
from tests.support.processes import start
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
MEDIA_FLAGS = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)

OFFER = """async () => {
  const pc = globalThis.pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  const media = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 1280, height: 720}});
  globalThis.microphone = media.getAudioTracks()[0];
  const layer = (rid, by) => ({rid, scaleResolutionDownBy: by, scalabilityMode: 'L1T1'});
  globalThis.camera = pc.addTransceiver(media.getVideoTracks()[0], {
    direction: 'sendonly', sendEncodings: [layer('q', 4), layer('h', 2), layer('f', 1)],
  });
  pc.addTransceiver(microphone, {direction: 'sendonly'});
  pc.ontrack = ({track}) => {
    const element = document.createElement(track.kind);
    Object.assign(element, {muted: track.kind === 'video', autoplay: true, srcObject: new MediaStream([track])});
    document.body.append(element);
  };
  for (let slot = 0; slot < 4; slot += 1) pc.addTransceiver('video', {direction: 'recvonly'});
  for (let slot = 0; slot < 2; slot += 1) pc.addTransceiver('audio', {direction: 'recvonly'});
  await pc.setLocalDescription();
  return pc.localDescription.sdp;
}"""
ANSWER = "sdp => pc.setRemoteDescription({type: 'answer', sdp})"
INBOUND = """async () => [...(await pc.getStats()).values()]
  .filter(one => one.type === 'inbound-rtp' && one.packetsReceived > 0)
  .map(({kind, framesDecoded, frameHeight, totalAudioEnergy, packetsReceived}) =>
       ({kind, framesDecoded, frameHeight, totalAudioEnergy, packetsReceived}))"""
PIXELS = """() => {
  const video = [...document.querySelectorAll('video')].find(one => one.videoWidth > 0);
  const canvas = Object.assign(document.createElement('canvas'), {width: 64, height: 36});
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 64, 36);
  return [...context.getImageData(0, 0, 64, 36).data].join();
}"""


@dataclass
class Meeting:
    """The control API, and two pages that have joined."""

    http: httpx.Client
    pages: dict[str, Page]

    def look(self, who: str, at: str, height: int) -> None:
        body = {"video": [{"slot": 0, "peer": at, "height": height}]}
        self.http.put(f"/v1/rooms/m/peers/{who}/slots", json=body).raise_for_status()

    def inbound(self, who: str, kind: str) -> dict[str, Any] | None:
        found: list[dict[str, Any]] = self.pages[who].evaluate(INBOUND)
        return next((one for one in found if one["kind"] == kind), None)


@pytest.fixture
def meeting(tmp_path: Path) -> Iterator[Meeting]:
    path = str(tmp_path / "m.sock")
    environment = {
        "DATA_DIR": str(tmp_path),
        "MEDIA_PORT": str(free_udp_port()),
        "MEDIA_HOST": "127.0.0.1",
        "MEDIA_CONTROL": path,
    }
    command = [sys.executable, "-m", "conferencing.media"]
    with contextlib.ExitStack() as stack:
        child = start(command, log=tmp_path / "media.log", environment=environment, cwd=ROOT)
        stack.callback(child.stop)
        http = stack.enter_context(
            httpx.Client(transport=httpx.HTTPTransport(uds=path), base_url="http://media")
        )
        wait_until(Path(path).exists, what="the node")
        http.put("/v1/rooms/m").raise_for_status()
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *MEDIA_FLAGS])
        stack.callback(browser.close)
        pages = {}
        for name in ("city", "village"):
            page = browser.new_page()
            page.route("**/*", lambda route: route.fulfill(body="<p>", content_type="text/html"))
            page.goto("http://localhost:9/")
            answer = http.put(f"/v1/rooms/m/peers/{name}", json={"offer": page.evaluate(OFFER)})
            page.evaluate(ANSWER, answer.raise_for_status().json()["answer"])
            pages[name] = page
        yield Meeting(http, pages)


def test_two_pages_see_and_hear_each_other(meeting: Meeting) -> None:
    meeting.look("city", "village", 700)
    meeting.look("village", "city", 100)

    def shown(who: str, height: int) -> bool:
        found = meeting.inbound(who, "video")
        return found is not None and found["frameHeight"] == height and found["framesDecoded"] > 10

    wait_until(lambda: shown("city", 720), what="the large picture")
    wait_until(lambda: shown("village", 180), what="the small picture")
    before = meeting.pages["city"].evaluate(PIXELS)
    wait_until(lambda: meeting.pages["city"].evaluate(PIXELS) != before, what="pixels to change")

    def energy() -> float:
        found = meeting.inbound("village", "audio")
        return 0.0 if found is None else float(found["totalAudioEnergy"])

    wait_until(lambda: energy() > 0, what="a voice")
    # Muted at the node, whatever the page sends.
    meeting.http.put("/v1/rooms/m/peers/city/muted", json={"sources": ["microphone"]})

    def packets() -> int:
        found = meeting.inbound("village", "audio")
        return 0 if found is None else int(found["packetsReceived"])

    seen = [-1]

    def silent() -> bool:
        before, seen[0] = seen[0], packets()
        return before == seen[0]

    wait_until(silent, what="silence on the wire")
    # The tile shrinks, and so does the layer, in the same slot without a new offer.
    meeting.look("city", "village", 100)
    wait_until(lambda: shown("city", 180), what="the smaller layer")
