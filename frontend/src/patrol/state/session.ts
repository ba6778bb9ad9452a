/** Who carries this phone. Known without a network too, once they have signed in. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { ApiError, api } from "@/api/client";
import { readMe } from "../api";
import type { Me } from "../types";
import { draftStore, forget, keep, kept } from "./database";

export type SessionStatus = "unknown" | "anonymous" | "signed_in" | "unreachable";

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly otp?: string;
}

export const useSession = defineStore("patrol-session", () => {
  const status = ref<SessionStatus>("unknown");
  const me = shallowRef<Me | null>(null);
  /** Signed out by the server, not by the person: the page says so. */
  const expired = ref(false);

  async function load(): Promise<void> {
    status.value = "unknown";
    const known = await kept("me");
    if (known !== null) await enter(known, false);
    try {
      await enter(await readMe());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "not_authenticated") end(known !== null);
      else if (known === null) status.value = "unreachable";
    }
  }

  async function enter(who: Me, isNew = true): Promise<void> {
    if (isNew) {
      const before = await kept("me");
      if (before !== null && before.id !== who.id) await forget("tasks", "duty", "rounds");
      await draftStore.clear(who.id, "others");
      await keep("me", who);
    }
    me.value = who;
    expired.value = false;
    status.value = "signed_in";
  }

  async function login(credentials: Credentials): Promise<void> {
    await enter(await api.post<Me>("/session", credentials));
  }

  /** What waits stays on the phone for them; what they saw, and what they began to say, does not. */
  async function logout(): Promise<void> {
    const user = me.value?.id;
    await api.delete<undefined>("/session");
    if (user !== undefined) await draftStore.clear(user, "own");
    await forget("me", "tasks", "duty", "rounds");
    end(false);
  }

  function end(byServer: boolean): void {
    expired.value = byServer;
    me.value = null;
    status.value = "anonymous";
  }

  const mayCarry = computed(() => (me.value?.permissions["tasks.carry"] ?? []).length > 0);
  const mayReport = computed(() => (me.value?.permissions["incidents.report"] ?? []).length > 0);
  const mayConfer = computed(() => (me.value?.permissions["conferences.join"] ?? []).length > 0);
  return { status, me, expired, mayCarry, mayReport, mayConfer, load, login, logout, end };
});
