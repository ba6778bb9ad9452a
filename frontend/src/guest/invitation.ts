/** What the link in the address leads to, or the one that this browser has used; and using it. */
import { shallowRef } from "vue";
import type { components } from "@generated/api";
import { ApiError, api } from "@/api/client";

export type GuestInvitation = Readonly<components["schemas"]["GuestInvitation"]>;

export const PROBLEMS = ["none", "unknown", "used", "expired", "revoked", "over", "unreachable"] as const;
export type LinkProblem = (typeof PROBLEMS)[number];

/** The reason that the server gives, or that nothing was heard of it. `none`: there was no link to ask about. */
export function problemOf(error: ApiError, hadToken: boolean): LinkProblem {
  const reason = error.fields[0]?.code;
  if (reason === "unknown" && !hadToken) return "none";
  return PROBLEMS.find((problem) => problem === reason) ?? (error.status === 422 ? "unknown" : "unreachable");
}

export function useInvitation() {
  const invitation = shallowRef<GuestInvitation | null>(null);
  const problem = shallowRef<LinkProblem | null>(null);
  /** Behind the `#` no server sees it; once used it is taken out of the address, and the cookie counts. */
  let token = window.location.hash.slice(1);

  async function ask(question: () => Promise<GuestInvitation>): Promise<boolean> {
    problem.value = null;
    try {
      invitation.value = await question();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      invitation.value = null;
      problem.value = problemOf(error, token !== "");
      return false;
    }
  }

  function load(): Promise<boolean> {
    return ask(() => (token === "" ? api.get<GuestInvitation>("/guest") : api.post<GuestInvitation>("/guest/look", { token })));
  }

  /** Takes the link for this browser; false if it leads nowhere any more. */
  async function take(): Promise<boolean> {
    if (token === "") return load();
    const taken = await ask(() => api.post<GuestInvitation>("/guest", { token }));
    if (taken) {
      token = "";
      window.history.replaceState(null, "", window.location.pathname);
    }
    return taken;
  }

  return { invitation, problem, load, take };
}
