/** Shares files in the room, one after the other; pictures made small enough for a thin line first. */
import { ref } from "vue";
import { useI18n } from "vue-i18n";
import { ApiError, api } from "@/api/client";
import { shrink } from "@/touch/photos";
import { useWords } from "@/ui/words";
import { useConference } from "../conference";

/** A picture below this is sent as it is: a screenshot keeps its sharp letters. */
const SMALL_BYTES = 400_000;

export function useShare() {
  const { t } = useI18n();
  const words = useWords();
  const conference = useConference();
  /** What is being sent now. */
  const sending = ref("");
  const failure = ref("");

  async function share(files: Iterable<File>): Promise<void> {
    const id = conference.id;
    if (id === null || sending.value !== "") return;
    failure.value = "";
    for (const file of files) {
      sending.value = file.name;
      try {
        const form = new FormData();
        form.set("file", await prepared(file), file.name);
        await api.post(`/conferences/${String(id)}/files`, form);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        failure.value = t("file.failed", { name: file.name, why: words.failure(error) });
      } finally {
        sending.value = "";
      }
    }
  }

  async function prepared(file: File): Promise<Blob> {
    if (!file.type.startsWith("image/") || file.size <= SMALL_BYTES) return file;
    try {
      return (await shrink(file, "collection")).blob;
    } catch {
      return file; // the server says what is wrong with it
    }
  }

  function shareFrom(event: Event): void {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    input.value = "";
    void share(files);
  }

  return { sending, failure, share, shareFrom };
}

export const ACCEPTED = "image/jpeg,image/png,image/webp,application/pdf";
