import { describe, expect, it } from "vitest";
import { makeIncident } from "@/feed/feed.test-support";
import { asDraft, changedIn, factsOf, withTyped } from "./correction";

const before = factsOf(makeIncident({ lat: null, lng: null }), "经过");

describe("a correction", () => {
  it("keeps as a draft only what differs, and takes that back", () => {
    const typed = { ...before, title: "更正", severity: 1 as const, lat: 38.1, lng: 106.3 };
    expect(asDraft(before, before)).toEqual({});
    expect(withTyped(before, asDraft(before, typed))).toEqual(typed);
    expect(changedIn(before, typed)).toEqual({ title: "更正", severity: 1, lat: 38.1, lng: 106.3 });
  });

  it("keeps an emptied text, and what others changed meanwhile beside it", () => {
    const draft = asDraft(before, { ...before, place: "", title: "更正" });
    const meanwhile = { ...before, description: "别人写的" };
    expect(withTyped(meanwhile, draft)).toEqual({ ...meanwhile, place: "", title: "更正" });
  });

  it("takes nothing that is not one", () => {
    expect(withTyped(before, { severity: "9", lat: "x", lng: "1" })).toEqual(before);
  });
});
