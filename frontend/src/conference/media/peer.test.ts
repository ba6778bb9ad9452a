import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Clock } from "@/feed/clock";
import type { Answer } from "../state/types";
import { Peer, type PeerState } from "./peer";

/** As much of RTCPeerConnection as a Peer touches; ICE does what a test says. */
class FakeConnection {
  static made: FakeConnection[] = [];
  iceConnectionState = "new";
  connectionState = "new";
  signalingState = "stable";
  localDescription: { sdp: string } | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  restarts = 0;
  closed = false;
  remote: string[] = [];

  constructor(readonly options: RTCConfiguration) {
    FakeConnection.made.push(this);
  }

  addTransceiver() {
    return { sender: { replaceTrack: () => Promise.resolve() }, setCodecPreferences: () => undefined };
  }

  getTransceivers() {
    return [];
  }

  createOffer() {
    return Promise.resolve({ type: "offer", sdp: `offer ${String(this.restarts)}` });
  }

  createAnswer() {
    return Promise.resolve({ type: "answer", sdp: "mine" });
  }

  setLocalDescription(description: { type: string; sdp: string }) {
    this.localDescription = description;
    this.signalingState = description.type === "offer" ? "have-local-offer" : "stable";
    return Promise.resolve();
  }

  setRemoteDescription({ type, sdp }: { type: string; sdp: string }) {
    this.remote.push(sdp);
    this.signalingState = type === "offer" ? "have-remote-offer" : "stable";
    return Promise.resolve();
  }

  restartIce() {
    this.restarts += 1;
  }

  close() {
    this.closed = true;
  }

  become(state: string) {
    this.iceConnectionState = state;
    this.connectionState = state;
    this.oniceconnectionstatechange?.();
    this.onconnectionstatechange?.();
  }
}

const ANSWER: Answer = { epoch: 1, sdp: "answer", sources: {}, video: [], audio: [], offer: null, reach: "" };

async function joined(answer: Answer) {
  const states: PeerState[] = [];
  const offers: string[] = [];
  const accepted: string[] = [];
  const timers: (() => void)[] = [];
  const clock: Clock = {
    now: () => 0,
    after: (_, run) => {
      timers.push(run);
      return () => timers.splice(timers.indexOf(run), 1);
    },
  };
  const onDead = vi.fn();
  const peer = new Peer({
    iceServers: [{ urls: ["turn:t"], username: "1:a", credential: "c" }],
    thin: false,
    tracks: { camera: null, microphone: null, screen: null },
    clock,
    onOffer: (sdp) => offers.push(sdp),
    onAccept: (sdp) => accepted.push(sdp),
    onState: (state, address) => states.push(`${state}${address === "" ? "" : ` ${address}`}` as PeerState),
    onStreams: () => undefined,
    onDead,
  });
  await peer.start();
  await peer.take(answer);
  return { peer, states, offers, accepted, timers, onDead };
}

beforeEach(() => {
  FakeConnection.made = [];
  vi.stubGlobal("RTCPeerConnection", FakeConnection);
  vi.stubGlobal("RTCRtpSender", { getCapabilities: () => null });
});

function connections(): readonly [FakeConnection, FakeConnection | undefined] {
  const [first, second] = FakeConnection.made;
  if (first === undefined) throw new Error("no connection was made");
  return [first, second];
}

describe("a peer", () => {
  it("knows no servers but those it was told", async () => {
    await joined(ANSWER);
    expect(connections()[0].options.iceServers).toEqual([{ urls: ["turn:t"], username: "1:a", credential: "c" }]);
  });

  it("looks for another way once, and is dead when there is none", async () => {
    const { offers, onDead, peer } = await joined(ANSWER);
    const [connection] = connections();
    connection.become("connected");
    connection.become("failed");
    await vi.waitFor(() => { expect(offers).toEqual(["offer 0", "offer 1"]); });
    expect(onDead).not.toHaveBeenCalled();
    await peer.take(ANSWER);
    connection.become("failed");
    expect(onDead).toHaveBeenCalledOnce();
  });

  it("begins anew when the way has been broken for a while", async () => {
    const { offers, timers, states } = await joined(ANSWER);
    const [connection] = connections();
    connection.become("connected");
    connection.become("disconnected");
    expect(states.at(-1)).toBe("broken");
    timers.at(-1)?.();
    await vi.waitFor(() => { expect(offers).toHaveLength(2); });
  });

  it("says what to open when nothing ever came back", async () => {
    const { states, timers } = await joined({ ...ANSWER, reach: "192.0.2.9:20000-20999" });
    timers.at(-1)?.();
    connections()[0].become("disconnected");
    expect(states.at(-1)).toBe("blocked 192.0.2.9:20000-20999");
  });

  it("answers an engine that keeps receiving apart, and is connected when both are", async () => {
    const { accepted, states, peer } = await joined({ ...ANSWER, offer: "theirs" });
    const [sending, receiving] = connections();
    expect(receiving?.remote).toEqual(["theirs"]);
    expect(accepted).toEqual(["mine"]);
    sending.become("connected");
    expect(states).toEqual(["connecting"]);
    receiving?.become("connected");
    expect(states.at(-1)).toBe("connected");

    // Another network: the same two connections.
    peer.restart();
    await vi.waitFor(() => { expect(sending.signalingState).toBe("have-local-offer"); });
    await peer.take({ ...ANSWER, offer: "theirs again" });
    expect(receiving?.remote).toEqual(["theirs", "theirs again"]);
    expect(FakeConnection.made).toHaveLength(2);
    peer.close();
    expect(FakeConnection.made.every(({ closed }) => closed)).toBe(true);
  });
});
