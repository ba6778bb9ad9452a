/** Whether alarms can be heard, and the loop that makes them heard. */
import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";
import { isBoolean, stored } from "@/state/storage";
import { useFeed } from "@/state/feed";
import { useNotices } from "@/notices/store";
import { useSession } from "@/state/session";
import { SEVERITIES } from "@/feed/types";
import { pagePlayer as player } from "./player";
import { ATTENTION, gravestRaised, mustInsist, type Note, REMIND_MS, REPEAT_MS, TonePacer, TONES, waitingFor } from "./tones";

export type SoundState = "off" | "armed" | "blocked" | "unsupported";

export const useSound = defineStore("sound", () => {
  const wanted = stored<boolean>("sound", false, isBoolean);
  const state = ref<SoundState>(wanted.value ? "blocked" : "off");
  /** Somebody speaks in the conference that is heard here: tones wait for the next pause. */
  const speech = ref(false);
  let held: 1 | 2 | 3 | 4 | null = null;
  const pacer = new TonePacer();
  let pause: ReturnType<typeof setTimeout> | undefined;
  const feed = useFeed();
  const session = useSession();
  const notices = useNotices();
  const waiting = computed(() =>
    waitingFor(
      feed.incidents,
      notices.mine.map(({ notice }) => notice),
      new Set((session.me?.posts ?? []).map(({ code }) => code)),
    ),
  );
  let calledAt = 0;
  let stopListening: (() => void) | null = null;
  let stopWaiting: (() => void) | null = null;
  let repeat: ReturnType<typeof setInterval> | undefined;

  async function unlock(): Promise<void> {
    const playable = await player.unlock();
    if (wanted.value) state.value = playable === "ready" ? "armed" : playable;
  }

  /** By a click: arms and lets one hear that it works, or disarms. */
  async function toggle(): Promise<void> {
    if (wanted.value && state.value === "armed") {
      wanted.value = false;
      state.value = "off";
      return;
    }
    wanted.value = true;
    await unlock();
    if (state.value === "armed") player.play(TONES[3]);
  }

  async function test(): Promise<void> {
    const playable = await player.unlock();
    if (wanted.value) state.value = playable === "ready" ? "armed" : playable;
    [...SEVERITIES].reverse().forEach((severity, index) => player.play(TONES[severity], index * 0.8));
    player.play(ATTENTION, SEVERITIES.length * 0.8);
  }

  /** While somebody speaks the gravest of what would sound is kept for the pause. */
  function alarm(severity: 1 | 2 | 3 | 4): void {
    if (speech.value) held = held === null || severity < held ? severity : held;
    else sound(TONES[severity]);
  }

  /** In a flood one tone a second, of the gravest that came meanwhile. */
  function paced(severity: 1 | 2 | 3 | 4): void {
    const at = Date.now();
    const now = pacer.ask(severity, at);
    if (now !== null) alarm(now);
    else pause ??= setTimeout(() => {
      pause = undefined;
      const later = pacer.take(Date.now());
      if (later !== null) alarm(later);
    }, Math.max(0, (pacer.due ?? at) - at));
  }

  function sound(notes: readonly Note[]): void {
    if (wanted.value && !speech.value && !player.play(notes)) state.value = "blocked";
  }

  /** Whatever is new among what waits here. */
  function call(next: ReadonlySet<string>, before: ReadonlySet<string>): void {
    if (![...next].some((key) => !before.has(key))) return;
    calledAt = Date.now();
    sound(ATTENTION);
  }

  function remind(): void {
    if (waiting.value.size === 0 || Date.now() - calledAt < REMIND_MS) return;
    calledAt = Date.now();
    sound(ATTENTION);
  }

  watch(speech, (speaking) => {
    if (speaking || held === null) return;
    const severity = held;
    held = null;
    alarm(severity);
  });

  /** After a reload the browser keeps sound shut until the first click or key: take that one. */
  function onGesture(): void {
    if (wanted.value && state.value !== "armed") void unlock();
  }

  function start(): void {
    stop();
    stopListening = feed.listen((events) => {
      const gravest = events === null ? null : gravestRaised(events, new Set((session.me?.posts ?? []).map(({ code }) => code)));
      if (gravest !== null) paced(gravest);
    });
    repeat = setInterval(() => {
      if (mustInsist(feed.state.alarms.values())) alarm(1);
      else remind();
    }, REPEAT_MS);
    stopWaiting = watch(waiting, call);
    window.addEventListener("pointerdown", onGesture);
    window.addEventListener("keydown", onGesture);
  }

  function stop(): void {
    stopListening?.();
    stopListening = null;
    stopWaiting?.();
    stopWaiting = null;
    clearInterval(repeat);
    clearTimeout(pause);
    pause = undefined;
    window.removeEventListener("pointerdown", onGesture);
    window.removeEventListener("keydown", onGesture);
  }

  return { state, speech, toggle, test, start, stop };
});
