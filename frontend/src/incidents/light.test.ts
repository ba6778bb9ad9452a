import { describe, expect, it } from "vitest";
import { makeIncident } from "@/feed/feed.test-support";
import { leftOf, lightOf, lightsChanged } from "./light";

const incident = makeIncident({
  warn_at: "2026-11-22T00:08:00.000Z",
  due_at: "2026-11-22T00:10:00.000Z",
});
const at = (minute: number): number => Date.parse(`2026-11-22T00:${String(minute).padStart(2, "0")}:00.000Z`);

describe("the light of an incident", () => {
  it.each([
    [7, "green"],
    [8, "yellow"],
    [9, "yellow"],
    [10, "red"],
    [30, "red"],
  ] as const)("in minute %i is %s", (minute, light) => {
    expect(lightOf(incident, at(minute))).toBe(light);
  });

  it("is out while no clock runs", () => {
    const still = makeIncident({ warn_at: null, due_at: null });
    expect(lightOf(still, at(1))).toBeNull();
    expect(leftOf(still, at(1))).toBeNull();
  });

  it("counts down, and on after the time is over", () => {
    expect(leftOf(incident, at(4))).toBe(6 * 60_000);
    expect(leftOf(incident, at(12))).toBe(-2 * 60_000);
  });

  it("is as grave as the order from above, though the stage has time", () => {
    const ordered = { ...incident, order_warn_at: "2026-11-22T00:02:00.000Z", order_due_at: "2026-11-22T00:05:00.000Z" };
    expect([1, 3, 6].map((minute) => lightOf(ordered, at(minute)))).toEqual(["green", "yellow", "red"]);
    expect(leftOf(ordered, at(6))).toBe(-60_000);
    const resting = { ...ordered, warn_at: null, due_at: null };
    expect(lightOf(resting, at(6))).toBe("red");
  });

  it("is known to have changed between two moments", () => {
    expect(lightsChanged([incident], at(1), at(7))).toBe(false);
    expect(lightsChanged([incident], at(7), at(8))).toBe(true);
    expect(lightsChanged([], at(1), at(20))).toBe(false);
  });
});
