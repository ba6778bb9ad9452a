import { actionValues, needValues } from "@generated/api";
import { describe, expect, it } from "vitest";
import { makeJurisdiction } from "@/feed/feed.test-support";
import { BLANK, formOf, isComplete, isTarget, localMinute, mayDispatch, offered, requestOf } from "./forms";

describe("the actions that are offered", () => {
  it("leave out what follows from tasks, and put the likeliest first", () => {
    const all = actionValues.map((action) => ({ action }));
    const shown = offered(all).map(({ action }) => action);
    expect(shown.slice(0, 3)).toEqual(["accept", "dispatch", "verify"]);
    expect(shown).not.toContain("start");
    expect(shown).not.toContain("handle");
    expect(shown).not.toContain("send_back");
  });

  it("say whether units may be sent", () => {
    expect(mayDispatch([{ action: "reinforce" }])).toBe(true);
    expect(mayDispatch([{ action: "accept" }])).toBe(false);
  });
});

describe("the form of an action", () => {
  it("has a field for every need that a console can meet, and room for a word", () => {
    const { required } = formOf("reject", needValues);
    expect(new Set(required)).toEqual(new Set(["text", "until", "score", "target", "into"]));
    expect(formOf("close", ["score"])).toEqual({ required: ["score"], optional: ["text"] });
    expect(formOf("supervise")).toEqual({ required: ["text", "asks"], optional: ["until"] });
  });

  it("is complete when every need is met, and not by blanks", () => {
    const suspend = formOf("suspend", ["reason", "until"]);
    expect(isComplete(suspend, { ...BLANK, text: "  ", until: "2026-11-23T09:30" })).toBe(false);
    expect(isComplete(suspend, { ...BLANK, text: "x", until: "2026-11-23T09:30" })).toBe(true);
    expect(isComplete(formOf("accept"), BLANK)).toBe(true);
  });

  it("sends what was asked for, and a word with anything", () => {
    const draft = { ...BLANK, text: " 现场已清 ", score: "4", target: "640181100" };
    const sent = (deed: "close" | "transfer_down", need: "score" | "target"): object =>
      requestOf(deed, formOf(deed, [need]), 3, draft);
    expect(sent("close", "score")).toEqual({ path: "/actions/close", body: { version: 3, text: "现场已清", score: 4 } });
    expect(sent("transfer_down", "target")).toEqual({
      path: "/actions/transfer_down",
      body: { version: 3, text: "现场已清", target: "640181100" },
    });
  });

  it("sends times with their zone", () => {
    const until = { ...BLANK, text: "尽快", until: "2026-11-23T09:30" };
    const { path, body } = requestOf("supervise", formOf("supervise"), 1, until);
    expect(path).toBe("/supervisions");
    const { due_at } = body as { due_at: string };
    expect(due_at).toMatch(/Z$/);
    expect(localMinute(Date.parse(due_at))).toBe("2026-11-23T09:30");
    expect(requestOf("supervise", formOf("supervise"), 1, BLANK).body).toMatchObject({ due_at: null });
  });

  it("asks for more time and decides about it", () => {
    const ask = requestOf("ask_extension", formOf("ask_extension"), 1, { ...BLANK, minutes: "60", text: "缺件" });
    expect(ask).toEqual({ path: "/extensions", body: { minutes: 60, reason: "缺件" } });
    const refuse = requestOf("decide_extension", formOf("decide_extension"), 1, { ...BLANK, granted: "no" });
    expect(refuse).toEqual({ path: "/extensions/decision", body: { granted: false, note: "" } });
  });

  it("offers as targets what lies below, or beside", () => {
    const below = makeJurisdiction({ code: "640181100", parent: "640181" });
    const other = makeJurisdiction({ code: "640181101", parent: "640181" });
    expect(isTarget("transfer_down", "640181", below, null)).toBe(true);
    expect(isTarget("transfer_down", "640181100", below, "640181")).toBe(false);
    expect(isTarget("transfer_sideways", "640181100", other, "640181")).toBe(true);
    expect(isTarget("transfer_sideways", "640181100", below, "640181")).toBe(false);
  });
});
