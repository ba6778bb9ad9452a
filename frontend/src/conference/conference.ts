/** The conference that this page is in: its socket, its media and its room, as one store. */
import { defineStore } from "pinia";
import { computed, markRaw, ref, shallowRef, watch } from "vue";
import { api } from "@/api/client";
import { systemClock } from "@/feed/clock";
import { openSocket } from "@/feed/socket";
import { useOwnMedia } from "./media/own";
import { LineReporter } from "./media/reporter";
import { Peer, type PeerState } from "./media/peer";
import { thinLine } from "./media/settings";
import { type Link, type Outcome, type Refused, RoomClient } from "./state/client";
import { remember } from "./state/memory";
import { EMPTY_ROOM, isInside, microphoneState, ownPart, ownSeat, reduceRoom, type Room } from "./state/room";
import { knockingAt } from "./state/seats";
import { isFull } from "./state/troubles";
import { isSameView } from "./state/tiles";
import type { Answer, Command, LineReport, ServerFrame, View, Welcome } from "./state/types";

const FULL_AGAIN_MS = 15_000;

/** Why one is out again, and of what: shown until it is read. */
export interface Farewell {
  readonly title: string;
  readonly conference: number;
  readonly why: NonNullable<Room["gone"]>["reason"] | NonNullable<Room["refused"]> | Refused;
  readonly to: number | null;
}

export const useConference = defineStore("conference", () => {
  const id = ref<number | null>(null);
  /** Came by a link: nothing but this conference answers. */
  const guest = ref(false);
  const room = shallowRef<Room>(markRaw(EMPTY_ROOM));
  const link = ref<Link>("over");
  const line = ref<PeerState>("connecting");
  const nodeAddress = ref("");
  const video = shallowRef<ReadonlyMap<number, MediaStream>>(new Map());
  const audio = shallowRef<readonly MediaStream[]>([]);
  const farewell = shallowRef<Farewell | null>(null);
  /** The page found its way back by itself. */
  const returning = ref(false);
  const talking = ref(false);

  let client: RoomClient | null = null;
  let peer: Peer | null = null;
  let reporter: LineReporter | null = null;
  let iceServers: Welcome["ice_servers"] = [];
  let view: View | null = null;
  /** A picture was asked for with this welcome or rejoin. */
  let offered = false;
  let cancelAgain: (() => void) | null = null;

  const own = useOwnMedia((source, track) => void peer?.replace(source, track));
  const seat = computed(() => ownSeat(room.value));
  const inside = computed(() => isInside(seat.value));
  const waiting = computed(() => seat.value?.presence === "waiting");
  /** Who waits at the door and may be let in from here, whoever has waited longest first. */
  const knocking = computed(() => knockingAt(room.value.state));
  const microphone = computed(() => microphoneState(room.value, own.media.value.microphone !== null));
  const part = computed(() => ownPart(room.value));
  const sharing = computed(() => own.screen.value !== null);

  watch([microphone, talking], ([state, down]) => {
    own.speak(state === "on" || (down && state === "off"));
  });

  function connectMedia(): void {
    if (offered || !inside.value || client === null) return;
    offered = true;
    dropPeer();
    const mine = markRaw(
      new Peer({
        iceServers,
        thin: thinLine.value,
        tracks: { camera: own.track("camera"), microphone: own.track("microphone"), screen: own.track("screen") },
        clock: systemClock,
        onOffer: (sdp) => client?.offer(sdp),
        onAccept: (sdp) => client?.accept(sdp),
        onState: (state, address) => {
          // What is blocked stays so for the person, however often it is tried again.
          if (state === "connecting" && line.value === "blocked") return;
          line.value = state;
          nodeAddress.value = address;
        },
        onStreams: (pictures, sounds) => {
          video.value = markRaw(pictures);
          audio.value = markRaw(sounds);
        },
        onDead: connectAgain,
      }),
    );
    peer = mine;
    void mine.start();
  }

  function dropPeer(): void {
    cancelAgain?.();
    peer?.close();
    peer = null;
  }

  /** Another connection, now. */
  function connectAgain(): void {
    offered = false;
    connectMedia();
  }

  function onFrame(frame: ServerFrame): void {
    room.value = markRaw(reduceRoom(room.value, frame));
    switch (frame.type) {
      case "welcome":
        iceServers = frame.ice_servers;
        offered = false;
        break;
      case "rejoin":
        iceServers = frame.ice_servers;
        connectAgain();
        break;
      case "state":
        if (inside.value) connectMedia();
        break;
      case "answer":
        void takeAnswer(frame);
        break;
      case "flows":
        reporter?.found(frame.seats.some(({ seat: other, sources }) => other !== room.value.state?.you && sources.some((kind) => kind !== "microphone")));
        break;
      case "layers":
        void peer?.setLayers(frame.source, frame.rids);
        break;
      case "ended":
        finish(frame.reason, frame.to);
        break;
      case "problem":
        if (room.value.refused !== null) finish(room.value.refused);
        else if (isFull(room.value.mediaProblem)) {
          cancelAgain?.();
          cancelAgain = systemClock.after(FULL_AGAIN_MS, connectAgain);
        }
        break;
      default:
        break;
    }
  }

  async function takeAnswer(answer: Answer): Promise<void> {
    returning.value = false;
    await peer?.take(answer);
  }

  /** `back`: by itself, after a break. `guest`: by the link that this browser has used. */
  async function enter(conference: number, { back = false, rear = false, guest: asGuest = false } = {}): Promise<void> {
    if (id.value === conference) return;
    // Being called away is the server's to say: to leave would be another thing.
    end();
    id.value = conference;
    returning.value = back;
    farewell.value = null;
    own.rear.value = rear;
    guest.value = asGuest;
    reporter = new LineReporter({ clock: systemClock, stats, say: (report) => client?.report(report) ?? false });
    keep(conference);
    // The browser may ask the person first; the seat is taken with what came of it.
    const { camera, microphone: sound } = await own.open();
    if (id.value !== conference) return;
    client = new RoomClient({
      connect: () => openSocket(asGuest ? "/ws/guest" : `/ws/conference/${String(conference)}`),
      clock: systemClock,
      random: Math.random,
      devices: () => ({ camera: camera !== null, microphone: sound !== null, screen: false }),
      onFrame,
      onLink: (next) => {
        link.value = next;
      },
      onRefused: finish,
    });
    client.start();
    if (view !== null) client.show(view);
  }

  /** A guest's browser is known by its cookie, and may be an officer's too. */
  function keep(conference: number | null): void {
    if (!guest.value) remember(conference);
  }

  function leave(): void {
    const report = reporter?.stop() ?? null;
    reporter = null;
    if (report !== null) client?.report(report);
    client?.leave();
    end();
    keep(null);
  }

  function finish(why: Farewell["why"], to: number | null = null): void {
    const conference = id.value;
    if (conference === null) return;
    const title = room.value.state?.conference.title ?? "";
    const report = reporter?.stop() ?? null;
    if (report !== null && !guest.value) void reportAfterwards(conference, report);
    end();
    keep(null);
    farewell.value = { title, conference, why, to };
  }

  function end(): void {
    const old = client;
    client = null;
    reporter?.stop();
    reporter = null;
    old?.stop();
    dropPeer();
    own.close();
    id.value = null;
    room.value = markRaw(EMPTY_ROOM);
    video.value = new Map();
    audio.value = [];
    view = null;
    offered = false;
    returning.value = talking.value = false;
    line.value = "connecting";
  }

  /** The socket is closed already. Nobody waits for it, and nothing is lost but a few seconds if it fails. */
  async function reportAfterwards(conference: number, report: LineReport): Promise<void> {
    await api.post(`/conferences/${String(conference)}/line`, report).catch(() => undefined);
  }

  function act(command: Command): Promise<Outcome> {
    return client?.act(command) ?? Promise.resolve({ ok: false, code: "broken" });
  }

  function show(next: View): void {
    if (view !== null && isSameView(view, next)) return;
    view = next;
    client?.show(next);
  }

  /** Held down: one's microphone is open for as long. */
  function talk(down: boolean): void {
    if (down === talking.value || (down && microphone.value !== "off")) return;
    talking.value = down;
    void act({ type: "microphone", on: down });
  }

  function retry(): void {
    client?.retryNow();
    peer?.restart();
  }

  function stats(): Promise<RTCStatsReport> | null {
    return peer?.stats() ?? null;
  }

  return {
    id,
    guest,
    room,
    link,
    line,
    nodeAddress,
    video,
    audio,
    farewell,
    returning,
    talking,
    seat,
    inside,
    waiting,
    knocking,
    microphone,
    part,
    sharing,
    media: own.media,
    screen: own.screen,
    cameraOff: own.cameraOff,
    rear: own.rear,
    connectAgain,
    setCamera: own.setCamera,
    mend: own.mend,
    turnAround: own.turnAround,
    reopen: own.reopen,
    share: own.share,
    unshare: own.unshare,
    enter,
    leave,
    act,
    show,
    talk,
    retry,
    stats,
    midOf: (slot: number) => peer?.midOf(slot) ?? null,
  };
});
