import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LngLat } from "../gcj02";
import { crossings } from "./crossings";
import { drawingOf, step, type Drawing, type Limits, type Step } from "./drawing";
import { catcher, cornersOf, NO_OUTLINE, pointsOf, readGeometry, ringsOf, toGeometry, type Figure, type Outline } from "./figure";
import { handlesOf, MOST_CORNERS } from "./handles";
import { bearing, circleRing, destination, metres } from "./sphere";

const LIMITS: Limits = { points: 5000, radius: 100_000 };
const SQUARE: readonly LngLat[] = [[106, 38], [106.01, 38], [106.01, 38.01], [106, 38.01]];
const BOW: readonly LngLat[] = [[106, 38], [106.01, 38.01], [106.01, 38], [106, 38.01]];

const outline = (...rings: (readonly LngLat[])[]): Outline => ({ kind: "outline", parts: [rings], open: false });
const play = (from: Figure, steps: readonly Step[], limits = LIMITS): Drawing => steps.reduce((drawing, how) => step(drawing, how, limits), drawingOf(from));
const place = (at: LngLat): Step => ({ act: "place", at });
const coordinate = (least: number, most: number) => fc.double({ min: least, max: most, noNaN: true });
const somewhere: fc.Arbitrary<LngLat> = fc.tuple(coordinate(106, 106.1), coordinate(38, 38.1));

describe("distances on the sphere", () => {
  it("lead back to where a point was reckoned from", () => {
    fc.assert(
      fc.property(somewhere, coordinate(0, 359.9), coordinate(1, 100_000), (from, turn, far) => {
        const there = destination(from, turn, far);
        expect(metres(from, there)).toBeCloseTo(far, 2);
        expect(Math.abs(((bearing(from, there) - turn + 540) % 360) - 180)).toBeLessThan(0.1);
      }),
    );
  });

  it("are one minute of arc to the nautical mile, and the same all round a circle", () => {
    expect(metres([106, 38], [106, 38 + 1 / 60])).toBeCloseTo(1853.25, 1);
    for (const at of circleRing([106, 38], 750)) expect(metres([106, 38], at)).toBeCloseTo(750, 3);
  });
});

describe("an outline as GeoJSON", () => {
  it("says again what it was made of, rounded and wound", () => {
    const clockwise = SQUARE.toReversed();
    expect(toGeometry(outline(clockwise))).toEqual({ type: "Polygon", coordinates: [[...SQUARE, [106, 38]]] });
    expect(toGeometry(outline([[106.00000049, 38], [106.1, 38], [106, 38.1]]))).toMatchObject({ coordinates: [[[106, 38], [106.1, 38], [106, 38.1], [106, 38]]] });
  });

  it("keeps parts and holes, holes round the other way", () => {
    const hole: readonly LngLat[] = [[106.004, 38.004], [106.006, 38.004], [106.006, 38.006]];
    const far: readonly LngLat[] = [[107, 38], [107.1, 38], [107, 38.1]];
    const two: Outline = { kind: "outline", parts: [[SQUARE, hole], [far]], open: false };
    const geometry = toGeometry(two);
    expect(geometry).toMatchObject({ type: "MultiPolygon" });
    const again = readGeometry(geometry);
    expect(again?.parts[0]?.[1]).toEqual(hole.toReversed());
    expect(again?.parts[1]).toEqual([far]);
    expect(readGeometry(again === null ? null : toGeometry(again))).toEqual(again);
  });

  it("is none with fewer than three corners, and is not read out of anything else", () => {
    expect(toGeometry(NO_OUTLINE)).toBeNull();
    expect(toGeometry(outline(SQUARE.slice(0, 2)))).toBeNull();
    for (const other of [null, 3, "Polygon", {}, { type: "Point", coordinates: [1, 2] }, { type: "Polygon", coordinates: [] }, { type: "Polygon", coordinates: [[[1, 2], [3, 4], [1, 2]]] }, { type: "Polygon", coordinates: [[[1, 2], [3, "4"], [5, 6]]] }, { type: "MultiPolygon", coordinates: [[[[1, 2]]]] }])
      expect(readGeometry(other)).toBeNull();
  });
});

describe("what stands in a figure", () => {
  it("stands within the radius, its border included", () => {
    const inside = catcher({ kind: "circle", center: [106, 38], radius: 500 });
    expect([inside(destination([106, 38], 77, 499.9)), inside(destination([106, 38], 77, 500.1))]).toEqual([true, false]);
    expect(catcher({ kind: "circle", center: null, radius: 500 })([106, 38])).toBe(false);
  });

  it("stands in an outline, on its border, and not in its holes", () => {
    const inside = catcher(outline(SQUARE, [[106.004, 38.004], [106.006, 38.004], [106.006, 38.006], [106.004, 38.006]]));
    expect([[106.001, 38.001], [106.005, 38.005], [106, 38.005], [106.02, 38.005]].map(([lng, lat]) => inside([lng ?? 0, lat ?? 0]))).toEqual([true, false, true, false]);
    expect(catcher({ ...NO_OUTLINE, parts: [[SQUARE.slice(0, 2)]] })([106.005, 38])).toBe(false);
  });
});

describe("an outline that crosses itself", () => {
  it("tells where", () => {
    const [at] = crossings(outline(BOW));
    expect(at?.[0]).toBeCloseTo(106.005, 9);
    expect(at?.[1]).toBeCloseTo(38.005, 9);
  });

  it.each([
    ["touches itself with a corner", [[0, 0], [4, 0], [4, 4], [2, 0], [0, 4]]],
    ["passes a corner twice", [[0, 0], [2, 2], [4, 0], [4, 4], [2, 2], [0, 4]]],
    ["runs back over itself", [[0, 0], [4, 0], [2, 0], [2, 2]]],
    ["is a line", [[0, 0], [1, 1], [2, 2]]],
  ] as const)("also when it %s", (_, ring) => {
    expect(crossings(outline(ring)).length).toBeGreaterThan(0);
  });

  it("does not while the edge that would cross has not been drawn", () => {
    const arrow: readonly LngLat[] = [[0, 0], [4, 0], [4, 4], [3, -1]];
    expect(crossings({ ...outline(arrow.slice(0, 3)), open: true })).toEqual([]);
    expect(crossings({ ...outline(arrow), open: true })).toHaveLength(1);
  });

  it("is none if its corners lie round a middle, whichever way, a repeated corner included", () => {
    const turns = fc.uniqueArray(fc.integer({ min: 0, max: 359 }), { minLength: 5, maxLength: 60 });
    fc.assert(
      fc.property(turns, fc.infiniteStream(coordinate(1, 9)), fc.boolean(), (angles, far, back) => {
        // With no half turn free of corners the middle is inside, and the star is simple.
        const sorted = angles.toSorted((a, b) => a - b);
        fc.pre(sorted.every((angle, index) => ((sorted[index + 1] ?? (sorted[0] ?? 0) + 360) - angle) < 179));
        const star = sorted.map((angle): LngLat => {
          const r = far.next().value ?? 1;
          return [r * Math.cos((angle * Math.PI) / 180), r * Math.sin((angle * Math.PI) / 180)];
        });
        const ring = back ? star.toReversed() : star;
        expect(crossings(outline(ring))).toEqual([]);
        expect(crossings(outline([...ring, ...ring.slice(-1)]))).toEqual([]);
      }),
    );
  });

  it("is found like by comparing every edge with every other", () => {
    const corners = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 })), { minLength: 4, maxLength: 12 });
    fc.assert(
      fc.property(corners, (ring) => {
        const proper = ring.some((a, i) => ring.some((c, j) => {
          const [b, d] = [ring[(i + 1) % ring.length] ?? a, ring[(j + 1) % ring.length] ?? c];
          const side = (p: LngLat, q: LngLat, r: LngLat): number => (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
          return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
        }));
        if (proper) expect(crossings(outline(ring)).length).toBeGreaterThan(0);
      }),
    );
  });
});

describe("drawing", () => {
  it("sets corner after corner, and closes from three on", () => {
    const two = play(NO_OUTLINE, [place([106, 38]), place([106.01, 38]), place([106.01, 38]), { act: "close" }]);
    expect([cornersOf(two.figure as Outline), (two.figure as Outline).open]).toEqual([2, true]);
    const done = play(two.figure, [place([106.01, 38.0100000004]), { act: "close" }, place([107, 39])]);
    expect(done.figure).toEqual(outline([[106, 38], [106.01, 38], [106.01, 38.01]]));
  });

  it("takes no more points than the server does", () => {
    const drawn = play(NO_OUTLINE, [...SQUARE.map(place), place([105.9, 38.005]), { act: "close" }, { act: "split", corner: [0, 0, 0], at: [106.005, 37.9] }], { ...LIMITS, points: 5 });
    expect(pointsOf(drawn.figure as Outline)).toBe(5);
  });

  it("moves, adds and takes out corners, but leaves three, and fills a hole that loses its third", () => {
    const hole: readonly LngLat[] = [[106.004, 38.004], [106.006, 38.004], [106.006, 38.006]];
    const { figure } = play(outline(SQUARE, hole), [
      { act: "split", corner: [0, 0, 3], at: [105.99, 38.005] },
      { act: "move", corner: [0, 0, 4], at: [105.98, 38.0050000001], begins: true },
      { act: "remove", corner: [0, 0, 0] },
      { act: "remove", corner: [0, 1, 1] },
    ]);
    expect((figure as Outline).parts).toEqual([[[[106.01, 38], [106.01, 38.01], [106, 38.01], [105.98, 38.005]]]]);
    const three = outline(SQUARE.slice(0, 3));
    expect(play(three, [{ act: "remove", corner: [0, 0, 1] }]).figure).toBe(three);
  });

  it("keeps a radius between one metre and the server's most", () => {
    const circle: Figure = { kind: "circle", center: null, radius: 0 };
    const set = play(circle, [place([106.0000001, 38])]);
    expect(set.figure).toEqual({ kind: "circle", center: [106, 38], radius: 500 });
    const radii = [-4, 0.2, 123.4, 1e9].map((far) => play(set.figure, [{ act: "radius", metres: far, begins: true }]).figure);
    expect(radii.map((each) => each.kind === "circle" && each.radius)).toEqual([1, 1, 123, 100_000]);
  });

  it("goes back a whole drag at once, and back to what was there before an outline that is left", () => {
    const square = outline(SQUARE);
    const dragged = play(square, [
      { act: "move", corner: [0, 0, 0], at: [105.9, 38], begins: true },
      { act: "move", corner: [0, 0, 0], at: [105.8, 38], begins: false },
    ]);
    expect(step(dragged, { act: "undo" }, LIMITS)).toEqual(drawingOf(square));
    expect(play(square, [{ act: "anew" }, place([1, 1]), place([2, 2]), { act: "abandon" }]).figure).toEqual(square);
    expect(play(NO_OUTLINE, [place([1, 1]), { act: "abandon" }]).figure).toEqual(NO_OUTLINE);
  });

  it("comes back step by step to where it began, whatever was done", () => {
    const steps: fc.Arbitrary<Step> = fc.oneof(
      somewhere.map(place),
      fc.constantFrom<Step>({ act: "close" }, { act: "abandon" }, { act: "anew" }, { act: "undo" }),
    );
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 40 }), (all) => {
        let drawing = play(NO_OUTLINE, all);
        const { figure } = drawing;
        if (figure.kind === "outline") for (const ring of ringsOf(figure)) expect(ring.length).toBeGreaterThan(figure.open ? 0 : 2);
        while (drawing.past.length > 0) drawing = step(drawing, { act: "undo" }, LIMITS);
        expect(drawing.figure).toEqual(NO_OUTLINE);
      }),
    );
  });
});

describe("handles", () => {
  const all = (): boolean => true;

  it("are one for each corner and each edge with room for it", () => {
    const kinds = handlesOf(outline(SQUARE), all, (from) => from[0] === 106, 90)?.map(({ kind }) => kind);
    expect(kinds).toEqual(["middle", "middle", "corner", "corner", "corner", "corner"]);
    expect(handlesOf({ ...outline(SQUARE), open: true }, all, all, 90)).toHaveLength(4);
  });

  it("stay away where they would hide the outline", () => {
    const many = outline(circleRing([106, 38], 500), circleRing([106, 38], 100));
    expect(cornersOf(many)).toBeGreaterThan(MOST_CORNERS);
    expect(handlesOf(many, all, all, 90)).toBeNull();
    expect(handlesOf(many, ([lng]) => lng > 106.002, all, 90)).not.toBeNull();
  });

  it("are a circle's centre and a point on it", () => {
    const [center, edge] = handlesOf({ kind: "circle", center: [106, 38], radius: 400 }, all, all, 30) ?? [];
    expect([center?.kind, edge?.kind]).toEqual(["center", "edge"]);
    expect(metres([106, 38], edge?.at ?? [0, 0])).toBeCloseTo(400, 3);
    expect(handlesOf({ kind: "circle", center: null, radius: 400 }, all, all, 90)).toEqual([]);
  });
});
