import { describe, expect, it } from "vitest";

import { FrameScheduler } from "./frame";

describe("FrameScheduler", () => {
  it("draws once for many changes, and again only when asked again", () => {
    const frames: (() => void)[] = [];
    const drawn: string[][] = [];
    const scheduler = new FrameScheduler<"devices" | "alarms">(
      (parts) => drawn.push([...parts].sort()),
      (callback) => frames.push(callback),
    );
    scheduler.mark("devices");
    scheduler.mark("alarms", "devices");
    expect(frames).toHaveLength(1);
    frames.pop()?.();
    expect(drawn).toEqual([["alarms", "devices"]]);
    scheduler.mark("alarms");
    frames.pop()?.();
    expect(drawn).toHaveLength(2);
  });

  it("draws nothing after it was stopped", () => {
    const cancelled: number[] = [];
    const scheduler = new FrameScheduler<"a">(
      () => expect.unreachable(),
      () => 7,
      (handle) => cancelled.push(handle),
    );
    scheduler.mark("a");
    scheduler.stop();
    expect(cancelled).toEqual([7]);
  });
});
