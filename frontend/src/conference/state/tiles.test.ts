import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GAP, gridOf, pageOf, RATIO, stageOf } from "./layout";
import { makeSeat, makeState, makeView, TOWN, VILLAGE } from "./state.test-support";
import { isSameView, mainTile, smallTiles, viewOf } from "./tiles";
import type { Slots } from "./types";

const slots: Slots = {
  main: { index: 2, seat: 2, source: "screen" },
  video: [
    { index: 0, seat: 3, source: "camera" },
    { index: 1, seat: 2, source: "camera" },
    { index: 2, seat: 2, source: "screen" },
    { index: 3, seat: null, source: null },
  ],
  heard: [],
};
const room = { state: makeState(), slots };

describe("tiles", () => {
  it("take the slot that carries their picture; one's own takes none", () => {
    const main = mainTile(room);
    expect(main).toMatchObject({ slot: 2, picture: "screen", seat: { number: 2 } });
    expect(smallTiles(room, main).map(({ seat, slot, own }) => [seat.number, slot, own])).toEqual([
      [1, null, true],
      [2, 1, false],
      [3, 0, false],
    ]);
  });

  it("show nobody's camera twice", () => {
    const shown = { ...room, slots: { ...slots, main: { index: 0, seat: 3, source: "camera" as const } } };
    expect(smallTiles(shown, mainTile(shown)).map(({ seat }) => seat.number)).toEqual([1, 2]);
  });

  it("stand for those who are being called, after those who are there", () => {
    const seats = [makeSeat(), { ...TOWN, presence: "ringing" as const }, VILLAGE];
    const tiles = smallTiles({ ...room, state: makeState({ conference: makeView({ seats }) }) }, null);
    expect(tiles.map(({ seat }) => seat.number)).toEqual([1, 3, 2]);
  });

  it("tell the server of what is seen: neither oneself nor who is not there", () => {
    const view = viewOf("grid9", 2, 0, smallTiles(room, null), 180.4);
    expect(view).toEqual({ layout: "grid", pinned: null, main_height: 0, cells: 2, tiles: [{ seat: 2, height: 180 }, { seat: 3, height: 180 }] });
    expect(viewOf("pinned", 2, 400, [], 90)).toMatchObject({ layout: "pinned", pinned: 2, main_height: 400 });
  });

  it("are told of again only when somebody would see the difference", () => {
    const view = viewOf("grid9", null, 0, smallTiles(room, null), 180);
    expect(isSameView(view, viewOf("grid9", null, 0, smallTiles(room, null), 190))).toBe(true);
    expect(isSameView(view, viewOf("grid9", null, 0, smallTiles(room, null), 260))).toBe(false);
    expect(isSameView(view, { ...view, tiles: [...view.tiles].reverse() })).toBe(false);
  });
});

const box = fc.record({ width: fc.integer({ min: 200, max: 4000 }), height: fc.integer({ min: 120, max: 2200 }) });

describe("layout", () => {
  it("fits every tile into the box, in its shape", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 25 }), box, (count, space) => {
        const { columns, rows, tile } = gridOf(count, space);
        expect(columns * rows).toBeGreaterThanOrEqual(count);
        expect(columns * tile.width + GAP * (columns - 1)).toBeLessThanOrEqual(space.width);
        expect(rows * tile.height + GAP * (rows - 1)).toBeLessThanOrEqual(space.height);
        expect(Math.abs(tile.width - tile.height * RATIO)).toBeLessThan(3);
      }),
    );
  });

  it.each([
    [4, { width: 1280, height: 720 }, 2],
    [9, { width: 1280, height: 720 }, 3],
    [16, { width: 1280, height: 720 }, 4],
    [2, { width: 1280, height: 360 }, 2],
    [2, { width: 400, height: 720 }, 1],
  ])("arranges %i tiles in %o", (count, space, columns) => {
    expect(gridOf(count, space).columns).toBe(columns);
  });

  it("keeps the large tile and its strip within the box", () => {
    fc.assert(
      fc.property(box, fc.integer({ min: 0, max: 20 }), (space, wanted) => {
        const { main, small, strip, cells } = stageOf(space, wanted);
        expect(main.width).toBeLessThanOrEqual(space.width);
        expect(main.height).toBeLessThanOrEqual(space.height);
        if (wanted === 0) return;
        if (strip === "right") expect(main.width + GAP + small.width).toBeLessThanOrEqual(space.width);
        else expect(main.height + GAP + small.height).toBeLessThanOrEqual(space.height);
        expect(cells).toBeGreaterThan(0);
      }),
    );
  });

  it("turns pages, and falls back to the last one", () => {
    expect(pageOf([1, 2, 3, 4, 5], 2, 1)).toEqual({ items: [3, 4], page: 1, pages: 3 });
    expect(pageOf([1, 2], 4, 7)).toEqual({ items: [1, 2], page: 0, pages: 1 });
    expect(pageOf([], 4, 0)).toEqual({ items: [], page: 0, pages: 1 });
  });
});
