import { describe, expect, it } from "vitest";
import { type Binding, chordOf, KeyRegistry, type KeyPress } from "./registry";

function press(key: string, change: Partial<KeyPress> = {}): KeyPress {
  return {
    key,
    ctrl: false,
    shift: false,
    alt: false,
    meta: false,
    typing: false,
    onControl: false,
    ...change,
  };
}

function binding(keys: string[], change: Partial<Binding> = {}): Binding {
  return { keys, label: keys.join(), group: "queue", run: () => undefined, ...change };
}

describe("chordOf", () => {
  it.each([
    [press("j"), "j"],
    [press("J", { shift: true }), "Shift+j"],
    [press("?", { shift: true }), "?"],
    [press(" "), "Space"],
    [press("ArrowDown", { shift: true }), "Shift+ArrowDown"],
    [press("a", { ctrl: true }), "Ctrl+a"],
    [press("a", { meta: true }), "Ctrl+a"],
  ])("reads a press", (pressed, chord) => {
    expect(chordOf(pressed)).toBe(chord);
  });
});

describe("KeyRegistry", () => {
  it("leaves keys to whoever types, except those meant for it", () => {
    const keys = new KeyRegistry();
    const [plain, always] = [binding(["j"]), binding(["Escape"], { typing: true })];
    keys.add([plain, always]);
    expect(keys.find(press("j"))).toBe(plain);
    expect(keys.find(press("j", { typing: true }))).toBeNull();
    expect(keys.find(press("Escape", { typing: true }))).toBe(always);
  });

  it("leaves Enter and Space to a focused control, and nothing else", () => {
    const keys = new KeyRegistry();
    keys.add([binding(["Enter"]), binding(["j"])]);
    expect(keys.find(press("Enter", { onControl: true }))).toBeNull();
    expect(keys.find(press("j", { onControl: true }))).not.toBeNull();
  });

  it("asks the newest layer first, and a modal one alone", () => {
    const keys = new KeyRegistry();
    const [below, above] = [binding(["a"]), binding(["b"])];
    keys.add([below]);
    const close = keys.add([above], true);
    expect(keys.find(press("b"))).toBe(above);
    expect(keys.find(press("a"))).toBeNull();
    close();
    expect(keys.find(press("a"))).toBe(below);
    expect(keys.find(press("b"))).toBeNull();
  });

  it("passes over a binding that does not hold now", () => {
    const keys = new KeyRegistry();
    let holds = false;
    keys.add([binding(["a"], { when: () => holds })]);
    expect(keys.find(press("a"))).toBeNull();
    holds = true;
    expect(keys.find(press("a"))).not.toBeNull();
  });
});
