/** Who is signed in, and what their posts allow. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { ApiError, api } from "@/api/client";
import type { Me, Permission } from "@/api/types";
import { forgetPerson, keepOnly } from "./personal";
import { forgetPhotosOf } from "./photoDrafts";

export type SessionStatus = "unknown" | "anonymous" | "signed_in" | "unreachable";

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly otp?: string;
}

const RECORDS: readonly Permission[] = ["devices.view", "conferences.view", "dead_letters.view", "audit.view"];

export const useSession = defineStore("session", () => {
  const status = ref<SessionStatus>("unknown");
  const me = shallowRef<Me | null>(null);
  /** Signed out by the server, not by the user: the login page says so. */
  const expired = ref(false);

  /** Who is there. The page's shell already says when nobody is: then there is nothing to ask. */
  async function load(): Promise<void> {
    if (document.documentElement.dataset["session"] === "none") {
      status.value = "anonymous";
      return;
    }
    status.value = "unknown";
    try {
      enter(await api.get<Me>("/me"));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      status.value = error.code === "not_authenticated" ? "anonymous" : "unreachable";
    }
  }

  /** Whether the session still stands; what else may be wrong is not this question's business. */
  async function check(): Promise<void> {
    try {
      enter(await api.get<Me>("/me"));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "not_authenticated") end(true);
    }
  }

  async function login(credentials: Credentials): Promise<void> {
    const who = await api.post<Me>("/session", credentials);
    await forgetPhotosOf(who.id, "others");
    enter(who);
    expired.value = false;
  }

  function enter(who: Me): void {
    keepOnly(who.id);
    me.value = who;
    status.value = "signed_in";
  }

  /** By the person: what they typed and did not send goes with them. */
  async function logout(): Promise<void> {
    const who = me.value?.id ?? null;
    await api.delete<undefined>("/session");
    end(false);
    if (who === null) return;
    forgetPerson(who);
    await forgetPhotosOf(who, "own");
  }

  function end(byServer: boolean): void {
    if (status.value !== "signed_in") return;
    expired.value = byServer;
    me.value = null;
    status.value = "anonymous";
  }

  /** Whether a post allows this at all, or, with a code, there. */
  function can(permission: Permission, code?: string): boolean {
    const prefixes = me.value?.permissions[permission] ?? [];
    return code === undefined
      ? prefixes.length > 0
      : prefixes.some((prefix) => code.startsWith(prefix));
  }

  const mayWatch = computed(() => can("alarms.view"));
  /** Whether any of the records is theirs to read. */
  const maySeeRecords = computed(() => RECORDS.some((permission) => can(permission)));
  return { status, me, expired, mayWatch, maySeeRecords, load, check, login, logout, end, can };
});
