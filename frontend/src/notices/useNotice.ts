/** What one does with a notice, and its words, wherever it is shown. */
import { ref } from "vue";
import { ApiError } from "@/api/client";
import { assertNever } from "@/ui/assertNever";
import { useServerNow } from "@/state/now";
import { useWords } from "@/ui/words";
import type { ShownNotice } from "./mine";
import { useNotices } from "./store";

export function useNotice(openCase: (incident: number) => void) {
  const words = useWords();
  const notices = useNotices();
  const now = useServerNow();
  const failure = ref("");

  async function see(id: number): Promise<void> {
    failure.value = "";
    try {
      await notices.see(id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failure.value = words.t("notice.failed", { why: words.failure(error) });
    }
  }

  /** Whoever opens the incident has seen the notice. */
  function open({ notice, incident }: ShownNotice): void {
    openCase(incident.id);
    void see(notice.id);
  }

  function told({ notice }: ShownNotice, placeOf: (code: string) => string): string {
    const post = words.t("notice.inCase.post", { place: placeOf(notice.code), role: words.role(notice.role) });
    const at = notice.due_at === null ? "" : words.brief(notice.due_at, now.value);
    switch (notice.why) {
      case "plan":
        return words.t("notice.told", { by: notice.sender_name, plan: notice.plan, post });
      case "ordered":
        if (notice.sender === null) return words.t("notice.orderedByItself", { post });
        return words.t(at === "" ? "notice.ordered" : "notice.orderedUntil", { by: notice.sender_name, at, post });
      case "late":
        return words.t("notice.late", { at, post });
      default:
        return assertNever(notice.why);
    }
  }

  return { failure, see, open, told };
}
