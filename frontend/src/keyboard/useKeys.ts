/** Binds keys for as long as a component lives. */
import { onBeforeUnmount, onMounted } from "vue";
import { type Binding, KeyRegistry, type KeyPress } from "./registry";

export const keyRegistry = new KeyRegistry();

function pressOf(event: KeyboardEvent): KeyPress {
  const target = event.target instanceof HTMLElement ? event.target : null;
  return {
    key: event.key,
    ctrl: event.ctrlKey,
    shift: event.shiftKey,
    alt: event.altKey,
    meta: event.metaKey,
    typing: target?.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null && target !== null,
    onControl: target?.closest("button, a, summary, input[type=checkbox], input[type=radio], [role=tab], [role=menuitem], [role=separator]") !== null && target !== null,
  };
}

window.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const binding = keyRegistry.find(pressOf(event));
  if (binding === null) return;
  event.preventDefault();
  binding.run();
});

export function useKeys(bindings: readonly Binding[], modal = false): void {
  let remove: (() => void) | null = null;
  onMounted(() => {
    remove = keyRegistry.add(bindings, modal);
  });
  onBeforeUnmount(() => remove?.());
}

/** `Shift+ArrowDown` → `Shift ↓`, for the help and the tooltips. */
export function keyText(chord: string): string {
  return chord
    .split("+")
    .map(
      (part) =>
        ({
          ArrowDown: "↓",
          ArrowUp: "↑",
          Escape: "Esc",
          Space: "Space",
          PageDown: "PgDn",
          PageUp: "PgUp",
        })[part] ?? (part.length === 1 ? part.toUpperCase() : part),
    )
    .join(" ");
}
