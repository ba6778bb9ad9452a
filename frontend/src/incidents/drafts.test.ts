import { describe, expect, it } from "vitest";
import { withDraft } from "./drafts";

describe("drafts", () => {
  it("are kept by key, and forgotten once they are blank", () => {
    const one = withDraft({}, "1:comment", { text: "说明" });
    expect(one).toEqual({ "1:comment": { text: "说明" } });
    const two = withDraft(one, "2:reject", { text: "重复", until: "" });
    expect(Object.keys(two)).toEqual(["1:comment", "2:reject"]);
    expect(withDraft(two, "1:comment", { text: "  " })).toEqual({ "2:reject": { text: "重复", until: "" } });
  });

  it("do not grow without end: the oldest fall out", () => {
    let drafts = {};
    for (let n = 0; n < 100; n += 1) drafts = withDraft(drafts, `k${String(n)}`, { text: "x" });
    const keys = Object.keys(drafts);
    expect(keys).toHaveLength(60);
    expect(keys.at(-1)).toBe("k99");
    expect(keys).not.toContain("k0");
  });
});
