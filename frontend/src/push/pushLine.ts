/** How notifications stand, in words. */
import { useWords } from "@/ui/words";
import type { useConsolePush } from "./desk";

const WORDS = {
  unknown: "",
  insecure: "push.insecure",
  unsupported: "push.unsupported",
  denied: "push.denied",
  off: "push.off",
  on: "push.on",
} as const;

export function usePushLine(push: Pick<ReturnType<typeof useConsolePush>, "state" | "failure">): () => string {
  const words = useWords();
  return () => {
    if (push.failure !== null) {
      const why = push.failure.code === "push_service" ? "" : words.failure(push.failure);
      return words.t("push.failed", { why }).trim();
    }
    const key = WORDS[push.state];
    return key === "" ? "" : words.t(key);
  };
}
