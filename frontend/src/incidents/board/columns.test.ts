import { describe, expect, it } from "vitest";
import { makeIncident } from "@/feed/feed.test-support";
import { CARDS, columnsOf, neighbour } from "./columns";

const reported = [1, 2].map((id) => makeIncident({ id, stage: "reported" }));
const handled = makeIncident({ id: 3, stage: "handled" });

describe("the board", () => {
  it("has a column for every stage on the way, and one aside only when something is there", () => {
    const stages = columnsOf([]).map(({ stage }) => stage);
    expect(stages).toEqual(["reported", "accepted", "dispatched", "in_progress", "handled", "verified", "closed"]);
    const aside = columnsOf([makeIncident({ stage: "suspended" })]).map(({ stage }) => stage);
    expect(aside).toContain("suspended");
    expect(aside).not.toContain("rejected");
  });

  it("keeps the order it is given, and says how many a full column has", () => {
    const many = Array.from({ length: CARDS + 5 }, (_, id) => makeIncident({ id, stage: "accepted" }));
    const column = columnsOf(many).find(({ stage }) => stage === "accepted");
    expect(column?.cards.map(({ id }) => id)).toEqual(many.slice(0, CARDS).map(({ id }) => id));
    expect(column?.total).toBe(CARDS + 5);
  });

  it("is walked with the arrow keys, over empty columns, to the nearest card", () => {
    const columns = columnsOf([...reported, handled]);
    expect(neighbour(columns, 1, "ArrowDown")).toBe(2);
    expect(neighbour(columns, 1, "ArrowUp")).toBeNull();
    expect(neighbour(columns, 2, "ArrowRight")).toBe(3);
    expect(neighbour(columns, 3, "ArrowLeft")).toBe(1);
    expect(neighbour(columns, 3, "ArrowRight")).toBeNull();
    expect(neighbour(columns, 99, "ArrowDown")).toBeNull();
  });
});
