import { describe, expect, it } from "vitest";
import { makeOutage } from "@/feed/feed.test-support";
import { concerns, overlaps, told } from "./outages";

const site = makeOutage();
const city = makeOutage({ id: 2, cause: "broker_down", code: "640181", site: "" });
const south = makeOutage({ id: 3, code: "640181101001", since: "2026-11-22T01:00:00.000Z" });

describe("outages", () => {
  it("concern who looks at them, at what they lie in, or at what lies in them", () => {
    expect(concerns(site, null)).toBe(true);
    expect(concerns(site, "640181100")).toBe(true);
    expect(concerns(city, "640181100001")).toBe(true);
    expect(concerns(site, "640181101")).toBe(false);
  });

  it("of everything hide those of places within", () => {
    expect(told([site, south], null)).toEqual({ wide: null, sites: [south, site] });
    expect(told([site, city], "640181100")).toEqual({ wide: city, sites: [] });
    const east = makeOutage({ id: 4, cause: "bridge_down", code: "640181100", site: "" });
    expect(told([site, south, east], null)).toEqual({ wide: east, sites: [south] });
  });

  it("mark what they overlap, and nothing before or after", () => {
    const over = makeOutage({ until: "2026-11-22T00:10:00.000Z" });
    expect(overlaps(over, "2026-11-22T00:09:00.000Z", null)).toBe(true);
    expect(overlaps(over, "2026-11-22T00:10:00.000Z", null)).toBe(false);
    expect(overlaps(site, "2026-11-21T00:00:00.000Z", "2026-11-22T00:00:00.000Z")).toBe(false);
    expect(overlaps(site, "2026-11-23T00:00:00.000Z", null)).toBe(true);
  });
});
