/** What hinders somebody from being seen and heard, and what can be done about it. Pure. */
import type { MediaProblem, OwnMedia } from "../media/devices";
import type { MediaRefusal } from "./room";

export interface OwnTrouble {
  readonly what: "camera" | "microphone" | "both";
  readonly problem: MediaProblem;
}

/** One sentence where one says it all: a browser that was told no was told so for both. */
export function troublesOf({ cameraProblem, microphoneProblem }: Pick<OwnMedia, "cameraProblem" | "microphoneProblem">): readonly OwnTrouble[] {
  if (cameraProblem !== null && cameraProblem === microphoneProblem) return [{ what: "both", problem: cameraProblem }];
  return [
    ...(cameraProblem === null ? [] : [{ what: "camera", problem: cameraProblem } as const]),
    ...(microphoneProblem === null ? [] : [{ what: "microphone", problem: microphoneProblem } as const]),
  ];
}

/** Only another address of the page helps against plain HTTP. */
export function canMend(troubles: readonly OwnTrouble[]): boolean {
  return troubles.some(({ problem }) => problem !== "insecure");
}

/** Somebody may have left meanwhile; the rest takes another browser, or is told when it is over. */
export function isFull(problem: MediaRefusal | null): boolean {
  return problem === "room_full" || problem === "node_full";
}

/** Of this machine itself: nobody else gets there, and Firefox not even from here. */
export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address.startsWith("[::1]") || address.startsWith("::1");
}
