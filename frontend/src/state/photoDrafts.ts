/** Photos that somebody has taken and not sent, kept in this browser until they are sent or their person signs out. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { onMounted, onScopeDispose, type ShallowRef, watch } from "vue";
import type { Photo } from "@/touch/photos";
import { useSession } from "./session";

interface Schema extends DBSchema {
  photos: { key: string; value: { readonly person: number; readonly photos: readonly Photo[] }; indexes: { person: number } };
}

let opened: Promise<IDBPDatabase<Schema>> | null = null;

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>("lingdun-photos", 1, {
    upgrade(db) {
      db.createObjectStore("photos").createIndex("person", "person");
    },
    terminated() {
      opened = null;
    },
  });
  return opened;
}

/** A blocked or full store must never break the page: what was taken still holds until it is closed. */
async function quietly<T>(run: () => Promise<T>): Promise<T | null> {
  try {
    return await run();
  } catch {
    return null;
  }
}

const keyOf = (person: number, name: string): string => `${String(person)}/${name}`;

/** Those of a person, or of everybody else, go. */
export async function forgetPhotosOf(person: number, whose: "own" | "others"): Promise<void> {
  await quietly(async () => {
    const transaction = (await database()).transaction("photos", "readwrite");
    for (let at = await transaction.store.openCursor(); at !== null; at = await at.continue()) {
      if ((at.value.person === person) === (whose === "own")) await at.delete();
    }
    await transaction.done;
  });
}

/** What was kept under a name has been sent. */
export async function forgetPhotos(name: string): Promise<void> {
  const person = useSession().me?.id ?? 0;
  await quietly(async () => (await database()).delete("photos", keyOf(person, name)));
}

/** Keeps a form's photos under a name; under another name, they go there. What was kept is given back once. */
export function useKeptPhotos(name: () => string, photos: ShallowRef<readonly Photo[]>): void {
  const person = useSession().me?.id ?? 0;
  let writing: Promise<unknown> = Promise.resolve();
  let ended = false;

  /** One after the other: the last list is the one that stays. */
  function next(run: (db: IDBPDatabase<Schema>) => Promise<unknown>): void {
    writing = writing.then(() => (ended ? null : quietly(async () => run(await database()))));
  }

  function write(at: string, list: readonly Photo[]): void {
    next((db) => (list.length === 0 ? db.delete("photos", keyOf(person, at)) : db.put("photos", { person, photos: list }, keyOf(person, at))));
  }

  onMounted(async () => {
    const kept = await quietly(async () => (await database()).get("photos", keyOf(person, name())));
    if (ended) return;
    if (photos.value.length > 0) write(name(), photos.value);
    else if (kept !== null && kept !== undefined) photos.value = kept.photos;
    watch([photos, name], ([list, at], [, before]) => {
      if (at !== before) write(before, []);
      write(at, list);
    });
  });
  onScopeDispose(() => {
    void writing.then(() => {
      ended = true;
    });
  });
}
