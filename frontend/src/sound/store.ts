/** Whether alarms can be heard, and the loop that makes them heard. */
import { defineStore } from "pinia";
import { ref, watch } from "vue";
import { isBoolean, stored } from "@/state/storage";
import { useFeed } from "@/state/feed";
import { SEVERITIES } from "@/feed/types";
import { pagePlayer as player } from "./player";
import { gravestRaised, mustInsist, REPEAT_MS } from "./tones";

export type SoundState = "off" | "armed" | "blocked" | "unsupported";

export const useSound = defineStore("sound", () => {
  const wanted = stored<boolean>("sound", false, isBoolean);
  const state = ref<SoundState>(wanted.value ? "blocked" : "off");
  /** Somebody speaks in the conference that is heard here: tones wait for the next pause. */
  const speech = ref(false);
  let held: 1 | 2 | 3 | 4 | null = null;
  const feed = useFeed();
  let stopListening: (() => void) | null = null;
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
    if (state.value === "armed") player.play(3);
  }

  async function test(): Promise<void> {
    const playable = await player.unlock();
    if (wanted.value) state.value = playable === "ready" ? "armed" : playable;
    [...SEVERITIES].reverse().forEach((severity, index) => player.play(severity, index * 0.8));
  }

  function sound(severity: 1 | 2 | 3 | 4): void {
    if (speech.value) {
      held = held === null || severity < held ? severity : held;
      return;
    }
    if (wanted.value && !player.play(severity)) state.value = "blocked";
  }

  watch(speech, (speaking) => {
    if (speaking || held === null) return;
    const waiting = held;
    held = null;
    sound(waiting);
  });

  /** After a reload the browser keeps sound shut until the first click or key: take that one. */
  function onGesture(): void {
    if (wanted.value && state.value !== "armed") void unlock();
  }

  function start(): void {
    stop();
    stopListening = feed.listen((events) => {
      const gravest = events === null ? null : gravestRaised(events);
      if (gravest !== null) sound(gravest);
    });
    repeat = setInterval(() => {
      if (mustInsist(feed.state.alarms.values())) sound(1);
    }, REPEAT_MS);
    window.addEventListener("pointerdown", onGesture);
    window.addEventListener("keydown", onGesture);
  }

  function stop(): void {
    stopListening?.();
    stopListening = null;
    clearInterval(repeat);
    window.removeEventListener("pointerdown", onGesture);
    window.removeEventListener("keydown", onGesture);
  }

  return { state, speech, toggle, test, start, stop };
});
