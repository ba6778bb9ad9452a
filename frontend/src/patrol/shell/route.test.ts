import { describe, expect, it } from "vitest";
import { hrefOf, parseRoute, type Route } from "./route";

describe("routes", () => {
  it.each<Route>([{ name: "tasks" }, { name: "task", id: 12 }, { name: "round", id: 7 }, { name: "report" }, { name: "me" }])("%o has an address", (route) => {
    expect(parseRoute(hrefOf(route))).toEqual(route);
  });

  it.each(["", "#", "#/", "#/task", "#/task/0", "#/task/x", "#/round/0", "#/nowhere"])("%s is the inbox", (hash) => {
    expect(parseRoute(hash)).toEqual({ name: "tasks" });
  });
});
