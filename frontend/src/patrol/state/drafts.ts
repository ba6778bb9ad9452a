/** What somebody has begun to say, kept on this phone until it is sent or they sign out: a phone ends pages as it likes. */
import { onMounted, onScopeDispose, type ShallowRef, watch } from "vue";
import type { Photo } from "@/touch/photos";
import { draftStore } from "./database";
import { useSession } from "./session";

const keyOf = (user: number, name: string, part: "words" | "photos"): string => `${String(user)}/${name}/${part}`;

/** The words of a draft, without taking it up. */
export async function readDraft<W>(user: number, name: string): Promise<W | null> {
  return (await draftStore.read(keyOf(user, name, "words"))) as W | null;
}

export async function forgetDraft(user: number, name: string): Promise<void> {
  await draftStore.remove(keyOf(user, name, "words"), keyOf(user, name, "photos"));
}

/**
 * Keeps a form as it is filled in. What was kept is given to `restore` once, unless something has been typed
 * before it was read. `words` and `photos` must be plain data: what Vue watches inside cannot be kept.
 */
export function useDraft<W>(
  name: string,
  words: () => W,
  restore: (words: W) => void,
  photos: ShallowRef<readonly Photo[]>,
): { readonly forget: () => Promise<void> } {
  const user = useSession().me?.id ?? 0;
  let writing: Promise<unknown> = Promise.resolve();
  let ended = false;

  function write(part: "words" | "photos", value: unknown): void {
    // One after the other: the last that was typed is the last that is kept.
    writing = writing.then(() => (ended ? undefined : draftStore.write(keyOf(user, name, part), user, value)));
  }

  async function load(): Promise<void> {
    const before = JSON.stringify(words());
    const [said, pictures] = await Promise.all([
      draftStore.read(keyOf(user, name, "words")),
      draftStore.read(keyOf(user, name, "photos")),
    ]);
    if (ended) return;
    if (said !== null && JSON.stringify(words()) === before) restore(said as W);
    if (pictures !== null && photos.value.length === 0) {
      photos.value = pictures as readonly Photo[];
    }
    watch(words, (next) => {
      write("words", next);
    }, { deep: true });
    watch(photos, (next) => {
      write("photos", [...next]);
    });
    if (said === null || JSON.stringify(words()) !== before) write("words", words());
  }

  onMounted(() => void load());
  onScopeDispose(() => {
    void writing.then(() => {
      ended = true;
    });
  });

  return {
    async forget() {
      await writing;
      ended = true;
      await forgetDraft(user, name);
      ended = false;
    },
  };
}
