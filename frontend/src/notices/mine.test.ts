import { describe, expect, it } from "vitest";
import { makeIncident, makeNotice } from "@/feed/feed.test-support";
import { noticesOf } from "./mine";

const me = { id: 7, posts: [{ id: 1, role: "township_officer" as const, code: "640181100", name: "东塔镇" }] };
const incidents = new Map([1, 2].map((id) => [id, makeIncident({ id, severity: id === 2 ? 1 : 3 })]));
const shown = (...notices: Parameters<typeof makeNotice>[0][]): number[] =>
  noticesOf(notices.map(makeNotice), incidents, me).map(({ notice }) => notice.id);

describe("notices", () => {
  it("are for who holds that post at that place, but not for who told", () => {
    expect(
      shown(
        { id: 1 },
        { id: 2, role: "village_officer" },
        { id: 3, code: "640181" },
        { id: 4, code: "640181100001" },
        { id: 5, sender: 7 },
      ),
    ).toEqual([1]);
  });

  it("come with their incident, the gravest first", () => {
    expect(shown({ id: 1 }, { id: 2, incident: 2 }, { id: 3 }, { id: 4, incident: 9 })).toEqual([2, 1, 3]);
  });
});
