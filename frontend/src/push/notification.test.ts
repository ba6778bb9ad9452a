import { describe, expect, it } from "vitest";
import { incidentIn } from "./address";
import { addressOf, readPush } from "./notification";

describe("a push message on a desk", () => {
  it("tells what it says, and leads to its incident", () => {
    const told = readPush('{"type":"incident","incident":9,"title":"已启动预案","body":"东塔镇"}');
    expect(told).toEqual({ title: "已启动预案", body: "东塔镇", incident: 9, tag: "lingdun-incident-9" });
    expect(addressOf("/village/", told.incident)).toBe("/village/#/case/9");
    expect(incidentIn(new URL(addressOf("https://x/", 9)).hash)).toBe(9);
  });

  it.each(["", "not JSON", "null", "[]", '{"incident":"9","title":""}'])("that says nothing (%s) still tells that there is something", (text) => {
    const told = readPush(text);
    expect([told.incident, told.tag]).toEqual([null, "lingdun"]);
    expect(told.title).not.toBe("");
    expect(addressOf("/", told.incident)).toBe("/");
  });

  it("of a task replaces the earlier one", () => {
    expect(readPush('{"task":7}').tag).toBe("lingdun-task-7");
    expect(incidentIn("#/case/0")).toBeNull();
  });
});
