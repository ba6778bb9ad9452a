import { describe, expect, it } from "vitest";
import { missing, newDraft } from "./plan";

describe("a planned conference", () => {
  it("says what must be filled in yet, in the order of the form", () => {
    const draft = { ...newDraft("640181", "2026-11-29"), title: " ", at: "", firstDay: "", weekdays: [] };
    expect(missing({ ...draft, repeats: "weekly" })).toEqual(["title", "at", "firstDay", "weekdays"]);
    expect(missing({ ...draft, repeats: "daily" })).toEqual(["title", "at", "firstDay"]);
    expect(missing({ ...draft, title: "早会", at: "08:30", firstDay: "2026-11-30", weekdays: [1], repeats: "weekly" })).toEqual([]);
  });
});
