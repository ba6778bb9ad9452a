import { describe, expect, it } from "vitest";
import type { Connection } from "@/feed/client";
import { makeAlarm, makeDevice, makeIncident, makeJurisdiction } from "@/feed/feed.test-support";
import { fromSnapshot } from "@/feed/reduce";
import { find } from "./find";
import { bannerFor } from "./freshness";
import { clampSize, defaultSizes, MAP_MIN } from "./panes";

function connection(change: Partial<Connection>): Connection {
  return {
    state: "live",
    lastContact: 0,
    lag: 0,
    clockOffset: 0,
    attempts: 0,
    opened: true,
    ...change,
  };
}

describe("bannerFor", () => {
  it("is silent while live, and before there is anything to be stale", () => {
    expect(bannerFor(connection({}), true)).toBeNull();
    expect(bannerFor(connection({ state: "stale" }), false)).toBeNull();
    expect(bannerFor(null, true)).toBeNull();
  });

  it.each(["resuming", "stale", "offline"] as const)("says %s", (state) => {
    expect(bannerFor(connection({ state }), true)).toBe(state);
  });

  it("says that it is behind when events come late", () => {
    expect(bannerFor(connection({ lag: 4_900 }), true)).toBeNull();
    expect(bannerFor(connection({ lag: 5_100 }), true)).toBe("behind");
  });
});

describe("panes", () => {
  it("are 340 and 400 px wide, and wider on a 4K desk", () => {
    expect(defaultSizes(1366)).toEqual({ queue: 340, side: 400 });
    expect(defaultSizes(3840).queue).toBeGreaterThan(340);
  });

  it("leave the map its room and never vanish", () => {
    expect(clampSize("queue", 5_000, 400, 1366)).toBeLessThanOrEqual(1366 - 400 - MAP_MIN);
    expect(clampSize("queue", 0, 400, 1366)).toBe(280);
    expect(clampSize("side", 900, 340, 900)).toBe(300);
  });
});

describe("find", () => {
  const state = fromSnapshot({
    jurisdictions: [
      makeJurisdiction({ code: "640181100", name: "东塔镇", level: "township" }),
      makeJurisdiction(),
    ],
    devices: Array.from({ length: 20 }, (_, n) =>
      makeDevice({ id: `FL-${String(n)}`, name: "通道", site: "花园" }),
    ),
    commands: [],
    alarms: [makeAlarm({ id: 77 }), makeAlarm({ id: 78, acknowledged: true })],
    units: [],
    incidents: [makeIncident({ id: 9, number: "20261122-0009", title: "花园村 消防通道" })],
    tasks: [],
    notices: [],
    conferences: [], schedules: [], outages: [], windows: [],
  });
  const search = (query: string): ReturnType<typeof find> => find(state, query, () => "消防通道占用");

  it("finds a jurisdiction by name or code, the wider one first", () => {
    expect(search("东塔").areas.map(({ name }) => name)).toEqual(["东塔镇"]);
    expect(search("640181").areas.map(({ name }) => name)).toEqual(["灵武市", "东塔镇"]);
  });

  it("finds an alarm by number and by the word for its condition, unacknowledged first", () => {
    expect(search("#77").alarms.map(({ id }) => id)).toEqual([77]);
    expect(search("占用").alarms.map(({ id }) => id)).toEqual([77, 78]);
  });

  it("finds an incident by its number or title", () => {
    expect(search("0009").incidents.map(({ id }) => id)).toEqual([9]);
    expect(search("花园村").incidents.map(({ id }) => id)).toEqual([9]);
  });

  it("says how many devices it leaves out", () => {
    const { devices, moreDevices } = search("fl-");
    expect(devices.length + moreDevices).toBe(20);
    expect(moreDevices).toBeGreaterThan(0);
  });

  it("finds nothing for nothing", () => {
    expect(search("  ")).toEqual({ areas: [], incidents: [], alarms: [], devices: [], moreDevices: 0 });
  });
});
