import { describe, expect, it } from "vitest";
import { follow, type ListCursor, NOWHERE, standOn, step } from "./cursor";

const ids = [10, 20, 30, 40];

function moves(cursor: ListCursor, list: readonly number[], ...steps: number[]): (number | null)[] {
  let at = cursor;
  return steps.map((by) => {
    at = step(at, list, by);
    return at.id;
  });
}

describe("the keyboard in the queue", () => {
  it("starts at the top, whichever way the first step goes", () => {
    expect(moves(NOWHERE, ids, 1)).toEqual([10]);
    expect(moves(NOWHERE, ids, -1)).toEqual([10]);
    expect(moves(NOWHERE, ids, Infinity)).toEqual([40]);
  });

  it("steps row by row and stops at the ends", () => {
    expect(moves(NOWHERE, ids, 1, 1, 1, 1, 1, -1)).toEqual([10, 20, 30, 40, 40, 30]);
    expect(moves(standOn(ids, 20), ids, Infinity, -Infinity)).toEqual([40, 10]);
  });

  it("stays on its alarm when others push in above", () => {
    const pushed = [1, 2, ...ids];
    const cursor = follow(standOn(ids, 20), pushed, false);
    expect(cursor.id).toBe(20);
    expect(moves(cursor, pushed, 1)).toEqual([30]);
  });

  it("goes on from where the alarm was after it sank by being acknowledged", () => {
    const sunk = [10, 30, 40, 20];
    const cursor = follow(standOn(ids, 20), sunk, true);
    expect(cursor.id).toBe(20);
    expect(moves(cursor, sunk, 1)).toEqual([30]);
    expect(moves(cursor, sunk, -1)).toEqual([10]);
  });

  it("goes on from where the alarm was after it left", () => {
    const left = [10, 30, 40];
    const cursor = follow(standOn(ids, 20), left, false);
    expect(cursor.id).toBe(20);
    expect(moves(cursor, left, 1, 1)).toEqual([30, 40]);
  });

  it("survives an empty list", () => {
    const cursor = follow(standOn(ids, 20), [], false);
    expect(step(cursor, [], 1)).toBe(cursor);
    expect(moves(cursor, [5], 1)).toEqual([5]);
  });
});
