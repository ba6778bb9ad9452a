import { describe, expect, it } from "vitest";
import { detailFacts } from "./detailFacts";

const words = {
  alarmDetail: (key: string) => key,
  cause: (code: string) => code,
  full: (at: number) => new Date(at).toISOString(),
  age: (ms: number) => `${String(ms / 1000)} s`,
};

describe("detailFacts", () => {
  it("tells how long a door was held when the alarm was raised", () => {
    expect(detailFacts({ held_s: 45 }, words)).toEqual([{ name: "held_s", value: "45 s" }]);
  });

  it("tells since when a lane is occupied, and not how long it then was", () => {
    expect(detailFacts({ since_ms: 0, held_s: 1 }, words)).toEqual([
      { name: "since_ms", value: "1970-01-01T00:00:00.000Z" },
    ]);
  });
});
