import { describe, expect, it } from "vitest";
import type { Entry } from "../outbox/acts";
import type { TaskDetail } from "../types";
import { type OwnUnit, standingOf } from "./status";

const unit = { id: 7, name: "东塔队", status: "returning", status_reason: "" } as OwnUnit;
const said = (status: "available" | "out_of_service", state: Entry["state"], reason = ""): Entry =>
  ({ key: reason, seq: 1, state, act: { kind: "status", unit: 7, status, reason } }) as Entry;
const task = (state: string): TaskDetail => ({ task: { unit: 7, state } }) as TaskDetail;

describe("what one's own unit does", () => {
  it("is what the server says, and what was said here last until it has gone out", () => {
    expect(standingOf(unit, [], [])).toMatchObject({ status: "returning", waits: false });
    const entries = [said("available", "waiting"), said("out_of_service", "waiting", "车辆故障")];
    expect(standingOf(unit, entries, [])).toMatchObject({ status: "out_of_service", reason: "车辆故障", waits: true });
    expect(standingOf(unit, [said("available", "sent")], [])).toMatchObject({ status: "returning", waits: false });
  });

  it("follows from its task while it has one", () => {
    expect(standingOf(unit, [], [task("done")]).isAtWork).toBe(false);
    expect(standingOf(unit, [], [task("created")]).isAtWork).toBe(true);
  });
});
