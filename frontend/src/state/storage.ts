/** What this browser remembers. A full, blocked or tampered store must never break the console. */
import { type Ref, shallowRef, watch } from "vue";

const PREFIX = "lingdun.";

export function readStored<T>(key: string, fallback: T, accept: (value: unknown) => value is T): T {
  try {
    const raw = localStorage.getItem(PREFIX + key);
    if (raw === null) return fallback;
    const value: unknown = JSON.parse(raw);
    return accept(value) ? value : fallback;
  } catch {
    return fallback;
  }
}

export function writeStored(key: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Remembering is a convenience; the setting still holds until the page is closed.
  }
}

/** A ref that outlives the page. Its value is replaced, never changed in place. */
export function stored<T>(
  key: string,
  fallback: T,
  accept: (value: unknown) => value is T,
): Ref<T> {
  const value = shallowRef(readStored(key, fallback, accept));
  watch(value, (next) => {
    writeStored(key, next);
  });
  return value;
}

export const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
export const isText = (value: unknown): value is string => typeof value === "string";
export const isTextOrNull = (value: unknown): value is string | null =>
  value === null || isText(value);
export function isOneOf<const T extends readonly string[]>(
  allowed: T,
): (value: unknown) => value is T[number] {
  return (value): value is T[number] => (allowed as readonly unknown[]).includes(value);
}
