/**
 * One peer connection to the media node: the page offers once, the node answers, and no renegotiation follows.
 *
 * Lines in order: camera, microphone and screen to send, then the receive slots. What a slot shows is the
 * signalling's business; here it is a stream by number. Where the engine keeps receiving apart (Janus), its answer
 * brings an offer, and the slots are on a second connection that the page answers.
 */
import type { Clock } from "@/feed/clock";
import type { Answer, SourceKind, Welcome } from "../state/types";
import { activeOf, AUDIO_SLOTS, byPreference, cameraEncodings, nodeAddress, screenEncodings, VIDEO_SLOTS } from "./encodings";

/** blocked: answered, and no packet ever came back: a firewall between. */
export type PeerState = "connecting" | "connected" | "broken" | "blocked";

const CONNECT_WITHIN_MS = 12_000;
const RESTART_AFTER_MS = 3_000;

export interface PeerOptions {
  readonly iceServers: Welcome["ice_servers"];
  readonly thin: boolean;
  readonly tracks: Readonly<Record<SourceKind, MediaStreamTrack | null>>;
  readonly clock: Clock;
  readonly onOffer: (sdp: string) => void;
  /** The answer to the engine's own offer. */
  readonly onAccept: (sdp: string) => void;
  readonly onState: (state: PeerState, address: string) => void;
  readonly onStreams: (video: ReadonlyMap<number, MediaStream>, audio: readonly MediaStream[]) => void;
  /** Nothing helps any more: another connection is needed. */
  readonly onDead: () => void;
}

export class Peer {
  private readonly connection: RTCPeerConnection;
  private receiving: RTCPeerConnection | null = null;
  private readonly senders: Readonly<Record<SourceKind, RTCRtpSender>>;
  private video = new Map<number, string>();
  private address = "";
  private restarts = 0;
  private closed = false;
  private everConnected = false;
  private cancelWait: (() => void) | null = null;

  constructor(private readonly options: PeerOptions) {
    const connection = this.open();
    this.connection = connection;
    const { camera, microphone, screen } = options.tracks;
    this.senders = {
      camera: this.sending(camera, "video", cameraEncodings(options.thin)),
      microphone: this.sending(microphone, "audio"),
      screen: this.sending(screen, "video", screenEncodings()),
    };
    for (let n = 0; n < VIDEO_SLOTS; n += 1) connection.addTransceiver("video", { direction: "recvonly" });
    for (let n = 0; n < AUDIO_SLOTS; n += 1) connection.addTransceiver("audio", { direction: "recvonly" });
  }

  async start(): Promise<void> {
    this.options.onState("connecting", "");
    await this.offer();
  }

  async take(answer: Answer): Promise<void> {
    if (this.closed || this.connection.signalingState !== "have-local-offer") return;
    this.address = answer.reach === "" ? nodeAddress(answer.sdp) : answer.reach;
    if (answer.offer !== null) this.receiving ??= this.open();
    await this.connection.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    if (answer.offer !== null) await this.accept(answer.offer);
    if (this.isClosed()) return;
    this.video = new Map(answer.video.map(({ index, mid }) => [index, mid]));
    const byMid = new Map((this.receiving ?? this.connection).getTransceivers().map((one) => [one.mid, one]));
    const stream = (mid: string): MediaStream | null => {
      const transceiver = byMid.get(mid);
      return transceiver === undefined ? null : new MediaStream([transceiver.receiver.track]);
    };
    const video = new Map<number, MediaStream>();
    for (const { index, mid } of answer.video) {
      const found = stream(mid);
      if (found !== null) video.set(index, found);
    }
    this.options.onStreams(video, answer.audio.map(({ mid }) => stream(mid)).filter((one) => one !== null));
    if (!this.everConnected) this.armWait();
  }

  async replace(source: SourceKind, track: MediaStreamTrack | null): Promise<void> {
    if (!this.closed) await this.senders[source].replaceTrack(track);
  }

  /** Pauses the layers that nobody watches. */
  async setLayers(source: SourceKind, rids: readonly string[]): Promise<void> {
    const sender = this.senders[source];
    const parameters = sender.getParameters();
    const active = activeOf(parameters.encodings, rids);
    if (parameters.encodings.every((one, index) => one.active === active[index])) return;
    parameters.encodings.forEach((one, index) => {
      one.active = active[index] ?? true;
    });
    // A browser that cannot goes on sending all of them.
    await sender.setParameters(parameters).catch(() => undefined);
  }

  /** The network has changed: look for another way to the node. */
  restart(): void {
    if (this.closed || this.connection.signalingState !== "stable") return;
    this.connection.restartIce();
    void this.offer();
  }

  /** Of both connections, where there are two: the names of entries mean nothing. */
  async stats(): Promise<RTCStatsReport> {
    const sent = await this.connection.getStats();
    if (this.receiving === null) return sent;
    const received = await this.receiving.getStats();
    return new Map([...[...sent].map(([name, entry]) => [`sent-${name}`, entry] as const), ...received]);
  }

  /** The media line of a receive slot, as statistics name it. */
  midOf(slot: number): string | null {
    return this.video.get(slot) ?? null;
  }

  close(): void {
    this.closed = true;
    this.cancelWait?.();
    this.connection.close();
    this.receiving?.close();
  }

  private open(): RTCPeerConnection {
    const connection = new RTCPeerConnection({
      iceServers: this.options.iceServers.map(toIceServer),
      bundlePolicy: "max-bundle",
    });
    connection.oniceconnectionstatechange = () => {
      this.stateChanged();
    };
    connection.onconnectionstatechange = () => {
      // ICE's own failure is told above, once; what remains are keys that were not agreed on.
      const { connectionState, iceConnectionState } = connection;
      if (connectionState === "failed" && iceConnectionState !== "failed" && !this.closed) this.options.onDead();
    };
    return connection;
  }

  private async accept(sdp: string): Promise<void> {
    const connection = this.receiving;
    if (connection === null || this.closed) return;
    await connection.setRemoteDescription({ type: "offer", sdp });
    const description = await connection.createAnswer();
    if (this.isClosed()) return;
    await connection.setLocalDescription(description);
    if (!this.isClosed()) this.options.onAccept(connection.localDescription?.sdp ?? "");
  }

  private isClosed(): boolean {
    return this.closed;
  }

  private sending(track: MediaStreamTrack | null, kind: "audio" | "video", encodings?: RTCRtpEncodingParameters[]): RTCRtpSender {
    const init: RTCRtpTransceiverInit = { direction: "sendonly" };
    if (encodings !== undefined) init.sendEncodings = encodings;
    const transceiver = this.connection.addTransceiver(track ?? kind, init);
    const codecs = kind === "video" ? RTCRtpSender.getCapabilities(kind)?.codecs : undefined;
    if (codecs !== undefined) transceiver.setCodecPreferences(byPreference(codecs));
    return transceiver.sender;
  }

  private async offer(): Promise<void> {
    const description = await this.connection.createOffer();
    if (this.isClosed()) return;
    await this.connection.setLocalDescription(description);
    // The node finds the page by its first check: there is no need to wait for candidates.
    if (!this.isClosed()) this.options.onOffer(this.connection.localDescription?.sdp ?? "");
  }

  private stateChanged(): void {
    if (this.closed) return;
    const both = this.receiving === null ? [this.connection] : [this.connection, this.receiving];
    const states = both.map(({ iceConnectionState }) => iceConnectionState);
    if (states.every((state) => state === "connected" || state === "completed")) {
      this.everConnected = true;
      this.restarts = 0;
      this.cancelWait?.();
      this.options.onState("connected", this.address);
    } else if (states.includes("failed")) this.recover();
    // Before the first packet a browser calls so what a firewall swallows: that is told as blocked, not as broken off.
    else if (states.includes("disconnected") && this.everConnected) {
      this.options.onState("broken", this.address);
      this.cancelWait?.();
      this.cancelWait = this.options.clock.after(RESTART_AFTER_MS, () => {
        this.restart();
      });
    }
  }

  /** Once another way, then another connection. */
  private recover(): void {
    if (this.closed) return;
    this.options.onState(this.everConnected ? "broken" : "blocked", this.address);
    if (this.restarts === 0 && this.everConnected) {
      this.restarts += 1;
      this.restart();
    } else this.options.onDead();
  }

  private armWait(): void {
    this.cancelWait?.();
    this.cancelWait = this.options.clock.after(CONNECT_WITHIN_MS, () => {
      this.options.onState("blocked", this.address);
    });
  }
}

function toIceServer({ urls, username, credential }: Welcome["ice_servers"][number]): RTCIceServer {
  return {
    urls: [...urls],
    ...(username === null || username === undefined ? {} : { username }),
    ...(credential === null || credential === undefined ? {} : { credential }),
  };
}
