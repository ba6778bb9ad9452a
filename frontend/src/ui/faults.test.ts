import { describe, expect, it } from "vitest";
import en from "@/i18n/en";
import zhHans from "@/i18n/zh-Hans";
import { faultWords } from "./faults";

const KNOWN = new Map([["fault.first_day.over", "过去了。"], ["call.refusal.full", "满员。"]]);
const word = (key: string): string | null => KNOWN.get(key) ?? null;
const problem = (field: string, code: string) => ({ field, code, message: "as the server says it", facts: null });

describe("what is wrong with a request", () => {
  it("is told in the page's words, by field and reason", () => {
    expect(faultWords([problem("first_day", "over"), problem("invite", "full")], word)).toBe("过去了。 满员。");
  });
  it("is left to the server's words where there are none", () => {
    expect(faultWords([problem("first_day", "over"), problem("title", "too_long")], word)).toBeNull();
    expect(faultWords([], word)).toBeNull();
  });
  it("has the same words in both languages", () => {
    const keys = (faults: object) => Object.entries(faults).flatMap(([field, codes]) => Object.keys(codes as object).map((code) => `${field}.${code}`));
    expect(keys(en.fault)).toEqual(keys(zhHans.fault));
  });
});
