import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { begin } from "../outbox/machine";
import { type Entry, roundLane, type VisitAct, withoutPlace } from "../outbox/acts";
import type { Checkpoint, Round } from "../types";
import { arranged, codeIn, confirmable, missing, phaseOf, projected, visitsWaiting } from "./rounds";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const HOUR = 3_600_000;
/** So many degrees north are a metre. */
const METRE = 1 / 111_195;

function checkpoint(id: number, more: Partial<Checkpoint> = {}): Checkpoint {
  return {
    id, number: id, name: `点位${String(id)}`, lat: 38.1 + id * 200 * METRE, lng: 106.34, radius_m: 50,
    visited_at: null, method: null, ...more,
  };
}

function round(more: Partial<Round> = {}): Round {
  return {
    id: 1, route: 1, name: "夜巡", code: "640181100", unit: 1, ordered: false, state: "due",
    due_from: new Date(NOW - HOUR).toISOString(), due_until: new Date(NOW + HOUR).toISOString(),
    done: 0, total: 3, accuracy_limit_m: 100, code_length: 8,
    checkpoints: [checkpoint(1), checkpoint(2), checkpoint(3)], ...more,
  };
}

function visit(stop: number | null, more: Partial<VisitAct> = {}): VisitAct {
  return {
    kind: "visit", round: 1, checkpoint: stop, name: "", method: "radius", token: "",
    position: { lat: 38.1, lng: 106.34, accuracy: 5 }, ...more,
  };
}

function entry(act: VisitAct, more: Partial<Entry> = {}): Entry {
  return { ...begin({ key: "k", user: 1, lane: roundLane(act.round), act }, { wall: NOW, page: "p", up: 0 }), seq: 1, ...more };
}

const at = (metres: number, accuracy = 5) => ({ lat: 38.1 + metres * METRE, lng: 106.34, accuracy });

describe("a round with what waits", () => {
  it("counts what the server knows and what is on its way, each once", () => {
    const known = round({ checkpoints: [checkpoint(1, { visited_at: "2026-11-22T11:30:00Z", method: "qr" }), checkpoint(2), checkpoint(3)] });
    const walk = projected(known, [visit(1), visit(2), visit(2), visit(null, { method: "qr" })]);
    expect(walk.stops.map(({ standing }) => standing)).toEqual(["confirmed", "waiting", "missing"]);
    expect(walk).toMatchObject({ done: 2, total: 3, unnamed: 1 });
  });

  it("hears of its own acts only, and of those that wait", () => {
    const entries = [entry(visit(1)), entry(visit(2), { state: "sent" }), entry(visit(3, { round: 2 }))];
    expect(visitsWaiting(entries, 1).map(({ checkpoint: id }) => id)).toEqual([1]);
  });

  it("is walked in its window, and done when nothing is missing", () => {
    const walk = projected(round(), []);
    expect([-HOUR - 1, -HOUR, HOUR - 1, HOUR].map((ms) => phaseOf(walk, NOW + ms))).toEqual(["later", "now", "now", "over"]);
    const all = projected(round(), [visit(1), visit(2), visit(3)]);
    expect(phaseOf(all, NOW + HOUR)).toBe("finished");
  });

  it("stands before those that come and those that are over", () => {
    const of = (id: number, hours: number) =>
      projected(round({ id, due_from: new Date(NOW + hours * HOUR).toISOString(), due_until: new Date(NOW + (hours + 2) * HOUR).toISOString() }), []);
    const shown = arranged([of(1, 5), of(2, -1), of(3, -9), of(4, -5), of(5, 9), of(6, 1)], NOW);
    expect(shown.map((walk) => walk.round.id)).toEqual([2, 6, 1, 4, 3]);
  });
});

describe("confirming here", () => {
  const walk = projected(round(), []);

  it("takes the nearest that is missing and in reach", () => {
    expect(confirmable(walk, at(390))).toMatchObject({ kind: "here", stop: { id: 2 } });
    expect(confirmable(projected(round(), [visit(2)]), at(390))).toMatchObject({ kind: "far", metres: 190 });
  });

  it("says how far it is, and when the position is too vague", () => {
    expect(confirmable(walk, at(0))).toMatchObject({ kind: "far", metres: 200, stop: { id: 1 } });
    expect(confirmable(walk, at(200, 101))).toEqual({ kind: "vague", metres: 101 });
  });

  it("keeps to the order where there is one", () => {
    const ordered = projected(round({ ordered: true }), [visit(1)]);
    expect(missing(ordered).map(({ id }) => id)).toEqual([2]);
    expect(confirmable(ordered, at(600))).toMatchObject({ kind: "far", stop: { id: 2 } });
  });

  it("asks for codes where nothing has a position", () => {
    const hall = projected(round({ checkpoints: [checkpoint(1, { lat: null, lng: null })] }), []);
    expect(confirmable(hall, at(0))).toEqual({ kind: "codes_only" });
  });

  it("never takes what is farther than its radius and the accuracy together", () => {
    fc.assert(
      fc.property(fc.double({ min: -900, max: 900, noNaN: true }), fc.integer({ min: 0, max: 100 }), (metres, accuracy) => {
        const here = confirmable(walk, at(metres, accuracy));
        const nearest = Math.min(...[200, 400, 600].map((place) => Math.abs(place - metres)));
        const reach = 50 + Math.min(accuracy, 50);
        if (Math.abs(nearest - reach) > 0.5) expect(here.kind).toBe(nearest <= reach ? "here" : "far");
      }),
    );
  });
});

describe("codes", () => {
  it.each(["K7QF-3MXD", " k7qf 3mxd", "lingdun:checkpoint:K7QF3MXD"])("%s is one", (text) => {
    expect(codeIn(text, 8)?.toUpperCase()).toBe("K7QF3MXD");
  });
  it.each(["", "K7QF", "https://example.org/x", "K7QF-3MX!", "K7QF-3MXDD"])("%s is none", (text) => {
    expect(codeIn(text, 8)).toBeNull();
  });
});

describe("where a checkpoint was confirmed", () => {
  it("is on the phone until the server has looked, and no longer", () => {
    const waiting = entry(visit(1));
    expect(withoutPlace(waiting)).toBe(waiting);
    for (const state of ["sent", "refused"] as const) {
      expect(withoutPlace(entry(visit(1), { state })).act).toMatchObject({ position: null, checkpoint: 1 });
    }
  });
});
