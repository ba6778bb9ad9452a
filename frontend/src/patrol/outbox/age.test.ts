import { describe, expect, it } from "vitest";
import { ageOf } from "./age";

const MINUTE = 60_000;
const TEN = Date.UTC(2026, 10, 22, 10);
const done = { at: TEN, page: "a", up: 5_000 };

describe("how long ago it was", () => {
  it.each([
    ["a clock that is right, or wrong all the time", { wall: TEN + 60 * MINUTE, page: "a", up: 5_000 + 60 * MINUTE }, 60],
    ["after a reload", { wall: TEN + 60 * MINUTE, page: "b", up: 1_000 }, 60],
    ["the page's clock stood still while the phone slept", { wall: TEN + 60 * MINUTE, page: "a", up: 6_000 }, 60],
    ["the clock was set back by two hours", { wall: TEN - 60 * MINUTE, page: "a", up: 5_000 + 60 * MINUTE }, 60],
    ["set back, and reloaded: nothing better is known", { wall: TEN - 60 * MINUTE, page: "b", up: 0 }, 0],
  ])("%s", (_name, now, minutes) => {
    expect(Math.round(ageOf(done, now) / MINUTE)).toBe(minutes);
  });

  it("of an entry from before pages were told apart goes by the time of day", () => {
    expect(ageOf({ at: TEN }, { wall: TEN + MINUTE, page: "a", up: 0 })).toBe(MINUTE);
  });
});
