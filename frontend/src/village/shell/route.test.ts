import { describe, expect, it } from "vitest";
import { above, hrefOf, parseRoute, type Route } from "./route";

const ROUTES: readonly Route[] = [
  { name: "home" },
  { name: "report" },
  { name: "cases" },
  { name: "case", id: 12 },
  { name: "alarms" },
  { name: "me" },
  { name: "devices" },
];

describe("routes", () => {
  it.each(ROUTES)("%o has an address", (route) => {
    expect(parseRoute(hrefOf(route))).toEqual(route);
  });

  it.each(["", "#", "#/", "#/case", "#/case/0", "#/case/x", "#/nowhere"])("%s is home", (hash) => {
    expect(parseRoute(hash)).toEqual({ name: "home" });
  });

  it("lead back to where one came from", () => {
    expect(above({ name: "case", id: 1 })).toEqual({ name: "cases" });
    expect(above({ name: "report" })).toEqual({ name: "home" });
  });
});
