import { describe, expect, it } from "vitest";

import { DEFAULT_PREFS, loadPrefs, parsePrefs, savePrefs } from "./prefs";

describe("map preferences", () => {
  it("come back as they were saved", () => {
    const kept = new Map<string, string>();
    const prefs = { ...DEFAULT_PREFS, areas: false, hiddenKinds: ["smoke"], base: null };
    savePrefs({ setItem: (key, value) => void kept.set(key, value) }, prefs);
    expect(loadPrefs({ getItem: (key) => kept.get(key) ?? null })).toEqual(prefs);
  });

  it.each([[null], ["not json"], ["null"], ["[]"], ['{"areas":"yes","hiddenKinds":7,"base":{}}']])(
    "fall back to the defaults for %s",
    (text) => {
      expect(parsePrefs(text)).toEqual(DEFAULT_PREFS);
    },
  );

  it("survive a browser that forbids storage", () => {
    const deny = (): never => {
      throw new Error("denied");
    };
    expect(loadPrefs({ getItem: deny })).toEqual(DEFAULT_PREFS);
    expect(() => {
      savePrefs({ setItem: deny }, DEFAULT_PREFS);
    }).not.toThrow();
  });
});
