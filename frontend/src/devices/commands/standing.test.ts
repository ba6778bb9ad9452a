import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeCommand } from "@/feed/feed.test-support";
import { iconOf, isPending, needsConfirmation, needsReason, secondsLeft } from "./standing";

const EXPIRES = Date.parse(makeCommand().expires_at);

describe("a command's standing", () => {
  it("counts down to its expiry and no further", () => {
    fc.assert(
      fc.property(fc.integer({ min: -90_000, max: 90_000 }), (ms) => {
        const left = secondsLeft(makeCommand(), EXPIRES - ms);
        expect(left).toBe(ms <= 0 ? 0 : Math.min(15, Math.ceil(ms / 1000)));
      }),
    );
  });

  it("is pending until something became of it", () => {
    const states = ["queued", "sent", "succeeded", "refused", "failed", "expired", "unknown"] as const;
    expect(states.filter((state) => isPending(makeCommand({ state })))).toEqual(["queued", "sent"]);
    expect(isPending(undefined)).toBe(false);
    expect(new Set(states.map((state) => iconOf(makeCommand({ state })))).size).toBeGreaterThan(4);
  });

  it("asks before anything changes at the place", () => {
    expect(["open", "reset", "request_state", "snapshot"].filter(needsConfirmation)).toEqual(["open", "reset"]);
    expect(["open", "reset", "request_state"].filter(needsReason)).toEqual(["open"]);
  });
});
