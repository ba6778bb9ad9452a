/** What this phone keeps: the queue, and the last that is known. In IndexedDB, so that it survives everything. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { type Act, type Entry, isShown, withoutPlace } from "../outbox/acts";
import type { OutboxStore } from "../outbox/outbox";
import type { Category, Duty, KnownTask, Me, Round } from "../types";

/** What is kept by name. `tasks`, `duty` and `rounds` belong to `user`. */
export interface Kept {
  me: Me;
  tasks: { readonly user: number; readonly items: readonly KnownTask[]; readonly at: number };
  duty: { readonly user: number; readonly duty: Duty };
  rounds: { readonly user: number; readonly items: readonly Round[]; readonly at: number };
  categories: readonly Category[];
  clockOffset: number;
}

interface Schema extends DBSchema {
  outbox: { key: number; value: Entry; indexes: { key: string; user: number } };
  kept: { key: string; value: Kept[keyof Kept] };
  drafts: { key: string; value: { readonly user: number; readonly value: unknown }; indexes: { user: number } };
}

let opened: Promise<IDBPDatabase<Schema>> | null = null;

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>("lingdun-patrol", 2, {
    upgrade(db, before) {
      if (before < 1) {
        const outbox = db.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
        outbox.createIndex("key", "key", { unique: true });
        outbox.createIndex("user", "user");
        db.createObjectStore("kept");
      }
      db.createObjectStore("drafts").createIndex("user", "user");
    },
    // A page of before still holds the old one open: it gives way.
    blocking(_current, _wanted, event) {
      (event.target as IDBDatabase).close();
      opened = null;
    },
    terminated() {
      opened = null;
    },
  });
  return opened;
}

export async function keep<K extends keyof Kept>(name: K, value: Kept[K]): Promise<void> {
  await (await database()).put("kept", value, name);
}

export async function kept<K extends keyof Kept>(name: K): Promise<Kept[K] | null> {
  return ((await (await database()).get("kept", name)) as Kept[K] | undefined) ?? null;
}

export async function forget(...names: readonly (keyof Kept)[]): Promise<void> {
  const transaction = (await database()).transaction("kept", "readwrite");
  await Promise.all([...names.map((name) => transaction.store.delete(name)), transaction.done]);
}

/** What people have begun to say, each part by its key. */
export const draftStore = {
  async read(key: string): Promise<unknown> {
    return (await (await database()).get("drafts", key))?.value ?? null;
  },
  async write(key: string, user: number, value: unknown): Promise<void> {
    await (await database()).put("drafts", { user, value }, key);
  },
  async remove(...keys: readonly string[]): Promise<void> {
    const transaction = (await database()).transaction("drafts", "readwrite");
    await Promise.all([...keys.map((key) => transaction.store.delete(key)), transaction.done]);
  },
  /** Those of a person, or of everybody else. */
  async clear(user: number, whose: "own" | "others"): Promise<void> {
    const transaction = (await database()).transaction("drafts", "readwrite");
    for (let at = await transaction.store.openCursor(); at !== null; at = await at.continue()) {
      if ((at.value.user === user) === (whose === "own")) await at.delete();
    }
    await transaction.done;
  },
};

/** How much waits on this phone, whoever made it. */
export async function countWaiting(): Promise<number> {
  const entries = await (await database()).getAll("outbox");
  return entries.filter((entry) => entry.state === "waiting" && isShown(entry)).length;
}

export const outboxStore: OutboxStore<Act> = {
  async all(user) {
    return (await database()).getAllFromIndex("outbox", "user", user);
  },
  async add(entries) {
    const transaction = (await database()).transaction("outbox", "readwrite", {
      durability: "strict",
    });
    // The store gives each its `seq`.
    const added = entries.map((entry) => transaction.store.add(entry as Entry));
    await Promise.all([...added, transaction.done]);
  },
  async put(entry) {
    await (await database()).put("outbox", withoutPlace(entry));
  },
  async remove(key) {
    const transaction = (await database()).transaction("outbox", "readwrite");
    const seq = await transaction.store.index("key").getKey(key);
    if (seq !== undefined) await transaction.store.delete(seq);
    await transaction.done;
  },
};
