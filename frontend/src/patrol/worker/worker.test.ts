import { describe, expect, it } from "vitest";
import { handlingOf } from "./caching";
import { addressOf, readPush, tagOf } from "./notification";

describe("the service worker", () => {
  it.each([
    ["GET", "/patrol/", true, "page"],
    ["GET", "/patrol/sw.js", false, "network"],
    ["GET", "/static/assets/patrol-abc.js", false, "asset"],
    ["GET", "/static/pages/theme.js", false, "own"],
    ["GET", "/api/v1/me/tasks", false, "network"],
    ["POST", "/api/v1/tasks/1/done", false, "network"],
    ["GET", "/healthz", false, "network"],
    ["GET", "/", true, "network"],
  ])("handles %s %s (navigation: %s) as %s", (method, path, isNavigation, handling) => {
    expect(handlingOf(method, path, isNavigation)).toBe(handling);
  });
});

describe("a push message", () => {
  it("is shown as it says", () => {
    const text = JSON.stringify({ type: "task", task: 7, title: "消防通道占用", body: "东塔大道", at: "" });
    expect(readPush(text, "en")).toEqual({ title: "消防通道占用", body: "东塔大道", task: 7, incident: null, conference: null });
  });

  it.each(["", "not JSON", "null", "[]", '{"task":"7","title":"","body":3}', '{"task":-1}'])(
    "that says nothing (%s) still tells that there is something, in the phone's language",
    (text) => {
      expect(readPush(text, "zh-Hans")).toEqual({ title: "任务有变化", body: "点按查看任务", task: null, incident: null, conference: null });
      expect(readPush(text, "en").title).toBe("A task has changed");
    },
  );

  it("about a case is told apart from those about tasks", () => {
    const told = readPush('{"type":"incident","incident":9,"title":"已启动预案"}', "zh-Hans");
    expect([told.incident, told.task, tagOf(told)]).toEqual([9, null, "incident-9"]);
    expect(tagOf(readPush('{"type":"conference","conference":7}', "zh-Hans"))).toBe("conference-7");
    expect(tagOf(readPush('{"task":7}', "en"))).toBe("task-7");
    expect(tagOf(readPush("", "en"))).toBe("lingdun");
  });

  it("opens its task", () => {
    expect(addressOf(7)).toBe("/patrol/#/task/7");
    expect(addressOf(null)).toBe("/patrol/#/tasks");
  });
});
