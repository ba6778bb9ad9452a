/**
 * The keys of the console: who registered which, and which one a key press means. Pure but for `now`
 * state; the listener that feeds it is in `useKeys`.
 */

export interface KeyPress {
  readonly key: string;
  readonly ctrl: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly meta: boolean;
  /** The focus is in something one types into. */
  readonly typing: boolean;
  /** The focus is on a control that uses Enter and Space itself. */
  readonly onControl: boolean;
}

export interface Binding {
  /** `j`, `ArrowDown`, `Shift+ArrowDown`, `Ctrl+a`, `?`. A letter means the letter without Shift. */
  readonly keys: readonly string[];
  /** Key of the words in the catalogue; also what groups the same action registered twice. */
  readonly label: string;
  readonly group: "queue" | "incident" | "room" | "go" | "view";
  readonly run: () => void;
  /** Also while typing, as Esc does. */
  readonly typing?: boolean;
  /** False lets the browser have the key. */
  readonly when?: () => boolean;
}

const SHIFTLESS = /^[a-z]$|^[A-Z]/; // letters and named keys tell Shift apart; `?` has it built in

export function chordOf(press: Pick<KeyPress, "key" | "ctrl" | "shift" | "alt" | "meta">): string {
  const letter = /^[A-Za-z]$/.test(press.key);
  const key = press.key === " " ? "Space" : letter ? press.key.toLowerCase() : press.key;
  const shift = press.shift && (letter || SHIFTLESS.test(key));
  return [
    press.ctrl || press.meta ? "Ctrl" : "",
    press.alt ? "Alt" : "",
    shift ? "Shift" : "",
    key,
  ]
    .filter((part) => part !== "")
    .join("+");
}

export class KeyRegistry {
  private layers: { readonly bindings: readonly Binding[]; readonly modal: boolean }[] = [];

  /** A modal layer (a dialog) hides what is below it. Returns what takes the layer away. */
  add(bindings: readonly Binding[], modal = false): () => void {
    const layer = { bindings, modal };
    this.layers.push(layer);
    return () => {
      this.layers = this.layers.filter((other) => other !== layer);
    };
  }

  /** What this press means here, the newest layer first. */
  find(press: KeyPress): Binding | null {
    const chord = chordOf(press);
    const ownKey = press.onControl && (chord === "Enter" || chord === "Space");
    for (const layer of [...this.layers].reverse()) {
      for (const binding of layer.bindings) {
        if (!binding.keys.includes(chord)) continue;
        if ((press.typing || ownKey) && binding.typing !== true) continue;
        if (binding.when?.() === false) continue;
        return binding;
      }
      if (layer.modal) return null;
    }
    return null;
  }

  /** All that is registered, each action once, for the help. */
  all(): readonly Binding[] {
    const seen = new Set<string>();
    return this.layers
      .flatMap((layer) => layer.bindings)
      .filter((binding) => {
        const fresh = !seen.has(binding.label);
        seen.add(binding.label);
        return fresh;
      });
  }
}
