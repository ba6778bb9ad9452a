/**
 * What one person has typed and not sent: kept under their account, gone from the page when they sign out, and from
 * this browser when they do so themselves. A session that the server ended leaves it for their return.
 *
 * `session` holds what must not lie about in a browser (who called): it ends with the tab, and another account that
 * signs in there wipes it.
 */
import { computed, shallowRef, watch, type WritableComputedRef } from "vue";

const PREFIX = "lingdun.person.";
/** Kept by earlier versions for whoever came next. */
const BEFORE = ["lingdun.incident.new", "lingdun.incident.drafts"] as const;

export type Keeping = "local" | "session";

function storeOf(keeping: Keeping): Storage {
  return keeping === "local" ? localStorage : sessionStorage;
}

function ownPrefix(person: number): string {
  return `${PREFIX}${String(person)}.`;
}

/** A blocked or full store must never break the page. */
function quietly(run: () => void): void {
  try {
    run();
  } catch {
    // What is typed still holds until the page is closed.
  }
}

function drop(store: Storage, wanted: (key: string) => boolean): void {
  const keys = Array.from({ length: store.length }, (_, index) => store.key(index) ?? "");
  for (const key of keys.filter((one) => one.startsWith(PREFIX) && wanted(one))) store.removeItem(key);
}

/** They have signed out: nothing of theirs stays in this browser. */
export function forgetPerson(person: number): void {
  for (const keeping of ["local", "session"] as const) {
    quietly(() => { drop(storeOf(keeping), (key) => key.startsWith(ownPrefix(person))); });
  }
}

/** Somebody has signed in: what this tab held of anybody else goes. */
export function keepOnly(person: number): void {
  quietly(() => { drop(sessionStorage, (key) => !key.startsWith(ownPrefix(person))); });
  quietly(() => { for (const key of BEFORE) localStorage.removeItem(key); });
}

export function personal<T>(
  who: () => number | null,
  name: string,
  blank: T,
  accept: (value: unknown) => value is T,
  keeping: Keeping = "local",
): WritableComputedRef<T> {
  function read(person: number | null): T {
    if (person === null) return blank;
    try {
      const raw = storeOf(keeping).getItem(ownPrefix(person) + name);
      const value: unknown = raw === null ? blank : JSON.parse(raw);
      return accept(value) ? value : blank;
    } catch {
      return blank;
    }
  }

  const held = shallowRef(read(who()));
  watch(who, (person) => { held.value = read(person); }, { flush: "sync" });

  return computed({
    get: () => held.value,
    set: (next) => {
      const person = who();
      if (person === null) return;
      held.value = next;
      quietly(() => { storeOf(keeping).setItem(ownPrefix(person) + name, JSON.stringify(next)); });
    },
  });
}
