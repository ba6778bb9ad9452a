import { describe, expect, it } from "vitest";
import { EMPTY_CASE, EMPTY_REPORT, hasPlace, isBlank, isCallerDraft, isCaseDraft, isPhone, NO_CALLER, partsOf, requestOf } from "./draft";

describe("the form of a new incident", () => {
  it("is blank until something would be lost, whatever the source", () => {
    expect(isBlank(EMPTY_REPORT)).toBe(true);
    expect(isBlank({ ...EMPTY_REPORT, source: "manual" })).toBe(true);
    expect(isBlank({ ...EMPTY_REPORT, phone: "1" })).toBe(false);
  });

  it("is taken back from storage only whole", () => {
    expect(isCaseDraft(EMPTY_CASE)).toBe(true);
    expect(isCaseDraft({ ...EMPTY_CASE, code: "640181", lat: 38.1, lng: 106.3, severity: 2 })).toBe(true);
    expect(isCaseDraft({ category: "0101" })).toBe(false);
    expect(isCaseDraft(null)).toBe(false);
    expect(isCallerDraft({ ...NO_CALLER, callback: "yes" })).toBe(false);
  });

  it("keeps who calls apart from the case", () => {
    const [about, caller] = partsOf({ ...EMPTY_REPORT, title: "积水", callerName: "来电人", phone: "0951-4021234" });
    expect(about).toEqual({ ...EMPTY_CASE, title: "积水" });
    expect(caller).toEqual({ ...NO_CALLER, callerName: "来电人", phone: "0951-4021234" });
    expect(isCaseDraft(EMPTY_REPORT)).toBe(false);
  });

  it("sends the caller of a call, and none otherwise", () => {
    const called = { ...EMPTY_REPORT, category: "0101", callerName: " 来电人 ", phone: "0951-4021234" };
    expect(requestOf(called)).toMatchObject({ caller: { name: "来电人", phone: "0951-4021234", callback: false } });
    expect(requestOf({ ...called, source: "manual" })).toMatchObject({ caller: null });
    expect(requestOf(EMPTY_REPORT)).toMatchObject({ caller: null, code: "", severity: null });
    expect(requestOf({ ...EMPTY_REPORT, callback: true })).toMatchObject({ caller: { callback: true } });
  });

  it("knows a place by a point or by a jurisdiction, and a phone number by its signs", () => {
    expect(hasPlace(EMPTY_REPORT)).toBe(false);
    expect(hasPlace({ ...EMPTY_REPORT, code: "640181" })).toBe(true);
    expect(hasPlace({ ...EMPTY_REPORT, lat: 38, lng: 106 })).toBe(true);
    expect(isPhone("+86 (951) 402-1234")).toBe(true);
    expect(isPhone("请回电")).toBe(false);
  });
});
