/** How a round stands with what is on its way to the server, and what can be confirmed here. Pure; epoch ms, metres. */
import type { Located } from "@/touch/locate";
import type { Entry, VisitAct } from "../outbox/acts";
import { apart } from "../state/position";
import type { Checkpoint, Round } from "../types";

/** `waiting`: confirmed here, and the server has not heard of it. */
export type Standing = "confirmed" | "waiting" | "missing";

export interface Stop extends Checkpoint {
  readonly standing: Standing;
}

/** A round as this phone knows it. `unnamed`: codes that wait, of which only the server knows whose they are. */
export interface Walk {
  readonly round: Round;
  readonly stops: readonly Stop[];
  readonly done: number;
  readonly total: number;
  readonly unnamed: number;
}

export function visitsWaiting(entries: readonly Entry[], round: number): readonly VisitAct[] {
  return entries.flatMap(({ act, state }) =>
    state === "waiting" && act.kind === "visit" && act.round === round ? [act] : [],
  );
}

export function projected(round: Round, waiting: readonly VisitAct[]): Walk {
  const named = new Set(waiting.map(({ checkpoint }) => checkpoint));
  const stops = round.checkpoints.map((point): Stop => ({
    ...point,
    standing: point.visited_at !== null ? "confirmed" : named.has(point.id) ? "waiting" : "missing",
  }));
  return {
    round,
    stops,
    done: stops.filter(({ standing }) => standing !== "missing").length,
    total: Math.max(round.total, stops.length),
    unnamed: waiting.filter(({ checkpoint }) => checkpoint === null).length,
  };
}

/** `later` has not begun, `over` can no longer be walked, `finished` needs nothing more. */
export type Phase = "now" | "later" | "over" | "finished";

export function phaseOf({ round, done, total }: Walk, now: number): Phase {
  if (done >= total && total > 0) return "finished";
  if (now >= Date.parse(round.due_until)) return "over";
  return now < Date.parse(round.due_from) ? "later" : "now";
}

const NEXT_SHOWN = 2;

/** What the tasks' page shows: what is to be walked now, the next ones, and what was over lately; soonest first. */
export function arranged(walks: readonly Walk[], now: number): readonly Walk[] {
  const sorted = [...walks].sort(
    (a, b) => Date.parse(a.round.due_from) - Date.parse(b.round.due_from) || a.round.id - b.round.id,
  );
  const of = (...wanted: readonly Phase[]): readonly Walk[] =>
    sorted.filter((walk) => wanted.includes(phaseOf(walk, now)));
  return [...of("now"), ...of("later").slice(0, NEXT_SHOWN), ...[...of("over", "finished")].reverse()];
}

/** What may be confirmed next: of a route in order only the first that is missing. */
export function missing({ round, stops }: Walk): readonly Stop[] {
  const open = stops.filter(({ standing }) => standing === "missing");
  return round.ordered ? open.slice(0, 1) : open;
}

export type Here =
  | { readonly kind: "here"; readonly stop: Stop }
  | { readonly kind: "far"; readonly stop: Stop; readonly metres: number }
  | { readonly kind: "vague"; readonly metres: number }
  /** None of them has a position: only their codes confirm them. */
  | { readonly kind: "codes_only" };

/** The nearest that is missing, if it is near enough; the server looks once more. */
export function confirmable(walk: Walk, fix: Located): Here {
  if (fix.accuracy > walk.round.accuracy_limit_m) return { kind: "vague", metres: Math.round(fix.accuracy) };
  let nearest: { stop: Stop; metres: number } | null = null;
  for (const stop of missing(walk)) {
    if (stop.lat === null || stop.lng === null) continue;
    const metres = apart({ lat: stop.lat, lng: stop.lng }, fix);
    if (nearest === null || metres < nearest.metres) nearest = { stop, metres };
  }
  if (nearest === null) return { kind: "codes_only" };
  const { stop, metres } = nearest;
  const reach = stop.radius_m + Math.min(fix.accuracy, stop.radius_m);
  return metres <= reach ? { kind: "here", stop } : { kind: "far", stop, metres: Math.round(metres) };
}

/** A code as it was scanned or typed; null if it cannot be one. */
export function codeIn(text: string, length: number): string | null {
  const plain = text.trim().replace(/^.*:/, "").replace(/[\s-]/g, "");
  return plain.length === length && /^[0-9a-z]+$/i.test(plain) ? plain : null;
}
