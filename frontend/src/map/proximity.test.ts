import { describe, expect, it } from "vitest";

import { gather } from "./proximity";

describe("gather", () => {
  it("lets the first stand for those within reach, and the rest for themselves", () => {
    const items = [
      { id: "a", x: 0, y: 0 },
      { id: "b", x: 9, y: 0 },
      { id: "c", x: 18, y: 0 },
      { id: "d", x: -9.9, y: 0 },
    ];
    const ids = gather(items, 10).map(({ members }) => members.map(({ id }) => id).join(""));
    expect(ids).toEqual(["abd", "c"]);
  });

  it("joins the nearest of two in reach", () => {
    const items = [
      { id: "a", x: 0, y: 0 },
      { id: "b", x: 15, y: 0 },
      { id: "c", x: 9, y: 0 },
    ];
    expect(gather(items, 10).map(({ members }) => members.length)).toEqual([1, 2]);
  });
});
