import { describe, expect, it } from "vitest";
import { makeIncident } from "@/feed/feed.test-support";
import { choicesOf, metresBetween, type Sought } from "./choices";

const here = makeIncident({ id: 1, lat: 38.1, lng: 106.3 });
const near = makeIncident({ id: 2, number: "20261122-0002", title: "道路封闭", place: "花园路", lat: 38.101, lng: 106.3 });
const nearer = makeIncident({ id: 3, number: "20261122-0003", title: "停水", place: "", lat: 38.1, lng: 106.301, stage: "closed" });
const far = makeIncident({ id: 4, number: "20261121-0012", title: "路灯不亮", place: "西环路", lat: 38.5, lng: 106.3 });
const nowhere = makeIncident({ id: 5, number: "20261122-0005", title: "噪音", place: "", lat: null, lng: null });
const ended = makeIncident({ id: 6, number: "20261122-0006", title: "井盖", place: "", lat: null, lng: null, stage: "rejected" });
const all = [here, near, nearer, far, nowhere, ended];

const sought: Sought = { beside: here, without: new Set(), query: "", chosen: null, most: 8 };
const ids = (change: Partial<Sought>): number[] =>
  choicesOf(all, { ...sought, ...change }).map(({ incident }) => incident.id);

describe("the incidents to choose from", () => {
  it("are, while nothing is looked for, the near ones by distance, then the open ones, the newest first", () => {
    expect(ids({})).toEqual([3, 2, 5, 4, 6]);
    expect(ids({ most: 2 })).toEqual([3, 2]);
  });

  it("are found by number, title or place, those that are called so before those that lie there", () => {
    expect(ids({ query: "路" })).toEqual([2, 4]);
    expect(ids({ query: "西环路" })).toEqual([4]);
    expect(ids({ query: "道" })).toEqual([2]);
    expect(ids({ query: " #0012 " })).toEqual([4]);
    expect(ids({ query: "20261122" })).toEqual([3, 2, 5, 6]);
    expect(choicesOf([near, { ...nearer, place: "道路旁" }], { ...sought, query: "道路" })[0]?.incident.id).toBe(2);
  });

  it("leave out itself and what is linked, and keep at the top what is chosen", () => {
    expect(ids({ without: new Set([3, 5]) })).toEqual([2, 4, 6]);
    expect(ids({ query: "停水", chosen: 4 })).toEqual([4, 3]);
  });

  it("know how far they are, where both places are known", () => {
    expect(Math.round(metresBetween(here, near) ?? 0)).toBe(111);
    expect(Math.round(metresBetween(here, nearer) ?? 0)).toBe(88);
    expect(metresBetween(here, nowhere)).toBeNull();
  });
});
