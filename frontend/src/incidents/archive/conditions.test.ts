import { describe, expect, it } from "vitest";
import { withQuery } from "@/api/client";
import { ANY, isNarrowed, isPeriod, queryOf } from "./conditions";

describe("what the records are searched by", () => {
  it("asks nothing where nothing is narrowed", () => {
    expect(isNarrowed(ANY)).toBe(false);
    expect(withQuery("/incidents", queryOf(ANY))).toBe("/incidents");
  });

  it("takes both days of a period whole", () => {
    const { since, until } = queryOf({ ...ANY, since: "2026-11-30", until: "2026-11-30" });
    expect(Date.parse(String(until)) - Date.parse(String(since))).toBe(86_400_000);
    expect(new Date(String(since)).getHours()).toBe(0);
    expect(isPeriod({ since: "2026-12-01", until: "2026-11-30" })).toBe(false);
    expect(isPeriod({ since: "2026-12-01", until: "" })).toBe(true);
  });

  it("asks for a flag only when it is set", () => {
    expect(queryOf({ ...ANY, callback: true })).toMatchObject({ callback: true, supervised: null });
    expect(isNarrowed({ ...ANY, severity: 1 })).toBe(true);
  });
});
