import { describe, expect, it } from "vitest";
import { age, brief, full } from "./time";

const t = (key: string, named: Record<string, unknown>): string =>
  `${key.slice("time.".length)} ${Object.values(named).join(":")}`;

describe("age", () => {
  it.each([
    [-5_000, "seconds 0"],
    [59_999, "seconds 59"],
    [60_000, "minutes 1"],
    [3_599_000, "minutes 59"],
    [3_600_000 + 7 * 60_000, "hours 1:07"],
    [26 * 3_600_000, "days 1:2"],
  ])("of %i ms", (ms, words) => {
    expect(age(t, ms)).toBe(words);
  });
});

describe("times", () => {
  const at = new Date(2026, 10, 22, 4, 5, 6).getTime();
  it("are told in full", () => {
    expect(full(at)).toBe("2026-11-22 04:05:06");
  });
  it("name the day only when it is another", () => {
    expect(brief(at, new Date(2026, 10, 22, 23, 0).getTime())).toBe("04:05");
    expect(brief(at, new Date(2026, 10, 23, 0, 1).getTime())).toBe("11-22 04:05");
  });
});
