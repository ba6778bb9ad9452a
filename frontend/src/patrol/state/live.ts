/** Hints that something of one's own tasks has changed: by a socket, and by asking now and then without one. */
import { ref } from "vue";

const SILENT_MS = 12_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
const POLL_MS = 20_000;
const POLL_LIVE_MS = 120_000;

export interface Live {
  start(): void;
  stop(): void;
}

/** Whether the socket stands: news comes at once, not at the next asking. */
export const live = ref(false);

export function createLive(hint: () => void): Live {
  let running = false;
  let socket: WebSocket | null = null;
  let pause = FIRST_PAUSE_MS;
  let timer = 0;
  let silence = 0;
  let poll = 0;

  function listenForLife(): void {
    window.clearTimeout(silence);
    silence = window.setTimeout(() => socket?.close(), SILENT_MS);
  }

  function open(): void {
    window.clearTimeout(timer);
    if (!running || socket !== null || !navigator.onLine) return;
    const scheme = window.location.protocol === "https:" ? "wss" : "ws";
    const mine = new WebSocket(`${scheme}://${window.location.host}/ws/patrol`);
    socket = mine;
    mine.onopen = () => {
      live.value = true;
      pause = FIRST_PAUSE_MS;
      listenForLife();
      hint(); // what happened while there was no socket
      pollLater();
    };
    mine.onmessage = ({ data }: MessageEvent<unknown>) => {
      listenForLife();
      if (isHint(data)) hint();
    };
    mine.onclose = () => {
      window.clearTimeout(silence);
      live.value = false;
      if (socket === mine) socket = null;
      timer = window.setTimeout(open, pause);
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
      pollLater();
    };
  }

  function pollLater(): void {
    window.clearTimeout(poll);
    if (!running) return;
    poll = window.setTimeout(
      () => {
        if (document.visibilityState === "visible" && navigator.onLine) hint();
        pollLater();
      },
      live.value ? POLL_LIVE_MS : POLL_MS,
    );
  }

  function wake(): void {
    if (!running || document.visibilityState !== "visible") return;
    pause = FIRST_PAUSE_MS;
    open();
    hint();
  }

  return {
    start() {
      running = true;
      window.addEventListener("online", wake);
      document.addEventListener("visibilitychange", wake);
      open();
      hint();
      pollLater();
    },
    stop() {
      running = false;
      window.removeEventListener("online", wake);
      document.removeEventListener("visibilitychange", wake);
      for (const one of [timer, silence, poll]) window.clearTimeout(one);
      socket?.close();
    },
  };
}

function isHint(data: unknown): boolean {
  try {
    const message: unknown = JSON.parse(String(data));
    return typeof message === "object" && message !== null && "type" in message && message.type === "tasks";
  } catch {
    return false;
  }
}
