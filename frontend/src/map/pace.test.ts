import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Pace } from "./pace";

describe("paced work", () => {
  beforeEach(() => { vi.useFakeTimers(); });
  afterEach(() => { vi.useRealTimers(); });

  it("is done at once while it is cheap, rests after it was dear, and does not miss the last input", () => {
    let [now, cost] = [0, 0];
    const done: number[] = [];
    const pace = new Pace<number>((input) => { done.push(input); now += cost; }, () => now);
    pace.push(1);
    pace.push(2);
    expect(done).toEqual([1, 2]);
    cost = 20;
    for (const input of [3, 4, 5]) pace.push(input);
    expect(done).toEqual([1, 2, 3]);
    vi.advanceTimersByTime(179);
    expect(done).toHaveLength(3);
    vi.advanceTimersByTime(1);
    expect(done).toEqual([1, 2, 3, 5]);
    pace.push(6);
    pace.stop();
    vi.advanceTimersByTime(10_000);
    expect(done).toEqual([1, 2, 3, 5]);
  });
});
