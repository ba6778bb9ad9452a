import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick } from "vue";
import type { Me } from "@/api/types";
import { useDrafts } from "@/incidents/drafts";
import { useNewIncident } from "@/incidents/report/store";
import { forgetPerson, keepOnly } from "./personal";
import { useSession } from "./session";

class Shelf implements Storage {
  private readonly kept = new Map<string, string>();
  get length(): number {
    return this.kept.size;
  }
  key(index: number): string | null {
    return [...this.kept.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.kept.set(key, value);
  }
  removeItem(key: string): void {
    this.kept.delete(key);
  }
  clear(): void {
    this.kept.clear();
  }
  text(): string {
    return JSON.stringify([...this.kept]);
  }
}

let [local, tab] = [new Shelf(), new Shelf()];

/** A page as it is after a reload: the stores are made anew, the browser keeps what it has. */
function open(id: number): void {
  setActivePinia(createPinia());
  keepOnly(id);
  useSession().me = { id, posts: [], permissions: {} } as unknown as Me;
}

beforeEach(() => {
  [local, tab] = [new Shelf(), new Shelf()];
  vi.stubGlobal("localStorage", local);
  vi.stubGlobal("sessionStorage", tab);
});

function type(): void {
  useNewIncident().change({ title: "积水", callerName: "来电人", phone: "0951-4021234", address: "某街 1 号" });
  useDrafts().keep("1:comment", { text: "说明" });
}

describe("what one person typed", () => {
  it("outlives the page, with who called in the tab only", () => {
    open(1);
    type();
    for (const secret of ["来电人", "0951", "某街"]) expect(local.text()).not.toContain(secret);
    open(1);
    expect(useNewIncident().draft).toMatchObject({ title: "积水", callerName: "来电人", phone: "0951-4021234" });
    expect(useDrafts().of("1:comment", { text: "" })).toEqual({ text: "说明" });
  });

  it("is nobody else's, also on the same page", async () => {
    open(1);
    type();
    const [report, session] = [useNewIncident(), useSession()];
    report.open();
    session.me = null;
    await nextTick();
    expect([report.unfinished, report.shown]).toEqual([false, false]);
    session.me = { id: 2, posts: [], permissions: {} } as unknown as Me;
    expect(report.draft.title).toBe("");
    expect(useDrafts().of("1:comment", { text: "" })).toEqual({ text: "" });
    open(2);
    expect(tab.text()).not.toContain("来电人");
    open(1);
    expect(useNewIncident().draft).toMatchObject({ title: "积水", callerName: "" });
  });

  it("is gone once they have signed out", () => {
    open(1);
    type();
    open(2);
    useNewIncident().change({ title: "别人的" });
    forgetPerson(1);
    expect(local.text()).not.toContain("积水");
    expect(local.text()).not.toContain("说明");
    expect(local.text()).toContain("别人的");
  });

  it("of an earlier version, which was everybody's, is thrown away", () => {
    local.setItem("lingdun.incident.new", "{\"callerName\":\"来电人\"}");
    local.setItem("lingdun.incident.drafts", "{}");
    open(1);
    expect(local.length).toBe(0);
  });
});
