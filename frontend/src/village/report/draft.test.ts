import { describe, expect, it } from "vitest";
import { EMPTY, missingIn, requestOf, titleOf } from "./draft";

const draft = { ...EMPTY, category: "0302", code: "640181100200", place: " 村口 ", text: "垃圾未清运\n已三天" };

describe("a report", () => {
  it("is called by its first line, and told in full below", () => {
    expect(titleOf("垃圾未清运")).toBe("垃圾未清运");
    expect(titleOf("长".repeat(50))).toBe(`${"长".repeat(40)}…`);
    expect(requestOf(draft, "k")).toEqual({
      category: "0302",
      title: "垃圾未清运",
      description: "垃圾未清运\n已三天",
      place: "村口",
      code: "640181100200",
      position: null,
      key: "k",
    });
  });

  it("lies where the position is, once there is one", () => {
    expect(requestOf({ ...draft, lat: "38.1", lng: "106.3" }, "k")).toMatchObject({
      code: "",
      position: { lat: 38.1, lng: 106.3 },
    });
  });

  it("wants a place and words", () => {
    expect(missingIn(EMPTY, 2)).toBe("place");
    expect(missingIn({ ...EMPTY, lat: "38.1", lng: "106.3" }, 2)).toBeNull();
    expect(missingIn(draft, 3)).toBeNull();
    expect(missingIn({ ...draft, text: " " }, 3)).toBe("text");
  });
});
