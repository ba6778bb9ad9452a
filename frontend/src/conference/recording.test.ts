import { describe, expect, it } from "vitest";
import { changeOf, localVoice } from "./recording";

describe("a recording's announcement", () => {
  it("is made once when it begins, when one comes into it, and when it ends", () => {
    expect(changeOf(null, { number: 1 })).toBe("started");
    expect(changeOf({ number: 1 }, { number: 1 })).toBeNull();
    expect(changeOf({ number: 1 }, { number: 2 })).toBe("started");
    expect(changeOf({ number: 2 }, null)).toBe("stopped");
    expect(changeOf(null, null)).toBeNull();
  });

  it("is spoken only by a voice on this machine that knows the language", () => {
    const far = { lang: "zh-CN", localService: false };
    const near = { lang: "zh_CN", localService: true };
    const english = { lang: "en-US", localService: true };
    expect(localVoice([far, english, near], "zh-Hans")).toBe(near);
    expect(localVoice([far, english], "zh-Hans")).toBeNull();
    expect(localVoice([far, english], "en")).toBe(english);
  });
});
