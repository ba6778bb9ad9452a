import { describe, expect, it } from "vitest";
import { makeAlarm } from "@/feed/feed.test-support";
import type { Alarm } from "@/feed/types";
import { free, type HeldList, hold } from "./hold";

const [a, b, c] = [1, 2, 3].map((id) => makeAlarm({ id })) as [
  ReturnType<typeof makeAlarm>,
  ReturnType<typeof makeAlarm>,
  ReturnType<typeof makeAlarm>,
];

function shape(list: HeldList<Alarm>): string {
  return list.rows.map(({ id }) => `${String(id)}${list.gone.has(id) ? "-" : ""}`).join(" ");
}

describe("a held list", () => {
  it("keeps every row in its place while the order changes below it", () => {
    expect(shape(hold(free([a, b]), [b, a], () => undefined))).toBe("1 2");
  });

  it("lets new alarms wait, and counts them", () => {
    const held = hold(free([a]), [c, b, a], () => undefined);
    expect(shape(held)).toBe("1");
    expect(held.waiting).toBe(2);
    expect(free([c, b, a]).waiting).toBe(0);
  });

  it("shows what changed in a row without moving it", () => {
    const acknowledged = { ...b, acknowledged: true };
    const held = hold(free([a, b]), [a, acknowledged], () => undefined);
    expect(held.rows[1]?.acknowledged).toBe(true);
  });

  it("leaves the place of a row that is gone, marked, and takes it back if it returns", () => {
    const held = hold(free([a, b]), [b], (id) => (id === 1 ? { ...a, count: 5 } : undefined));
    expect(shape(held)).toBe("1- 2");
    expect(held.rows[0]?.count).toBe(5);
    expect(shape(hold(held, [a, b], () => undefined))).toBe("1 2");
  });

  it("keeps a row's identity when nothing about it changed", () => {
    const before = free([a, b]);
    expect(hold(before, [c, a, b], () => undefined).rows[0]).toBe(before.rows[0]);
  });
});
