/** What is to be heard when a recording begins or ends, and by which voice. Pure. */
import type { Note } from "@/sound/tones";
import type { Recording } from "./state/types";

/** Three rising notes, then one long: like no alarm, call or reminder. Falling when it is over. */
export const RECORDING_ON: readonly Note[] = [
  { pitch: 587, at: 0, length: 0.14, volume: 0.3 },
  { pitch: 740, at: 0.16, length: 0.14, volume: 0.3 },
  { pitch: 880, at: 0.32, length: 0.5, volume: 0.34 },
];
export const RECORDING_OFF: readonly Note[] = [
  { pitch: 880, at: 0, length: 0.14, volume: 0.26 },
  { pitch: 587, at: 0.16, length: 0.4, volume: 0.26 },
];
/** The spoken words begin when the notes are over. */
export const SPOKEN_AFTER_MS = 900;

export type Change = "started" | "stopped" | null;

/** What has happened since `before`; a newcomer to a recording hears that it is one. */
export function changeOf(before: Pick<Recording, "number"> | null, now: Pick<Recording, "number"> | null): Change {
  if (now !== null && now.number !== before?.number) return "started";
  return now === null && before !== null ? "stopped" : null;
}

/** A voice on this machine for the language: others would send the words to somebody's server. */
export function localVoice<V extends Pick<SpeechSynthesisVoice, "lang" | "localService">>(voices: readonly V[], language: string): V | null {
  const wanted = language.slice(0, 2).toLowerCase();
  return voices.find(({ lang, localService }) => localService && lang.slice(0, 2).toLowerCase() === wanted) ?? null;
}
