/** Notifications while a page is closed: asking the browser for them, and giving them up. */
import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";
import { ApiError, api } from "@/api/client";

/** `insecure`: no HTTPS. `unsupported`: not in this browser, or not before the page is installed. */
export type PushState = "unknown" | "insecure" | "unsupported" | "denied" | "off" | "on";

export interface PushPage {
  /** The page's path, which is the reach of its service worker. */
  readonly scope: string;
  /** The worker that shows what is pushed, there as soon as it is asked for. */
  readonly worker: () => Promise<ServiceWorkerRegistration>;
}

/** The worker of a page at a desk, registered with the first wish for notifications. */
export function deskPage(scope: "/" | "/village/"): PushPage {
  return {
    scope,
    worker: async () => {
      const registration = await navigator.serviceWorker.register(`${scope}sw.js`, { scope, updateViaCache: "none" });
      await active(registration);
      return registration;
    },
  };
}

/** Subscribing needs an active worker. `serviceWorker.ready` may mean that of a page above. */
async function active({ installing, waiting, active: running }: ServiceWorkerRegistration): Promise<void> {
  const coming = installing ?? waiting;
  if (running !== null || coming === null) return;
  await new Promise<void>((resolve) => {
    coming.addEventListener("statechange", () => {
      if (coming.state === "activated" || coming.state === "redundant") resolve();
    });
  });
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const base64 = base64url.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

export function definePush(name: string, page: PushPage) {
  return defineStore(name, () => {
    const state = ref<PushState>("unknown");
    const busy = ref(false);
    const failure = shallowRef<ApiError | null>(null);

    /** What the browser has now; one that has subscribed tells the server again, which may have forgotten. */
    async function look(): Promise<void> {
      state.value = await found();
      if (state.value !== "on") return;
      const subscription = await current();
      if (subscription !== null) await tell(subscription).catch(() => undefined);
    }

    async function found(): Promise<PushState> {
      if (!window.isSecureContext) return "insecure";
      if (!("serviceWorker" in navigator && "PushManager" in window)) return "unsupported";
      if (Notification.permission === "denied") return "denied";
      return (await current()) === null ? "off" : "on";
    }

    async function current(): Promise<PushSubscription | null> {
      const registration = await navigator.serviceWorker.getRegistration(page.scope);
      // Without one of its own a page may be answered that of a page above it.
      if (registration === undefined || new URL(registration.scope).pathname !== page.scope) return null;
      return registration.pushManager.getSubscription();
    }

    async function tell(subscription: PushSubscription): Promise<void> {
      const { endpoint, keys } = subscription.toJSON();
      await api.post<unknown>("/push/subscriptions", { endpoint, keys });
    }

    async function turnOn(): Promise<void> {
      if ((await Notification.requestPermission()) !== "granted") return;
      const { public_key } = await api.get<{ public_key: string }>("/push/key");
      const registration = await page.worker();
      const subscription = await registration.pushManager.subscribe({
        userVisibleOnly: true,
        applicationServerKey: bytesOf(public_key),
      });
      try {
        await tell(subscription);
      } catch (error) {
        await subscription.unsubscribe();
        throw error;
      }
    }

    async function turnOff(): Promise<void> {
      const subscription = await current();
      if (subscription === null) return;
      const { endpoint } = subscription;
      await subscription.unsubscribe();
      await api.delete<undefined>("/push/subscriptions", { endpoint });
    }

    async function set(on: boolean): Promise<void> {
      busy.value = true;
      failure.value = null;
      try {
        await (on ? turnOn() : turnOff());
      } catch (error) {
        // The browser's own push service may be out of reach: it fails without words.
        failure.value = error instanceof ApiError ? error : new ApiError(0, "push_service", String(error));
      } finally {
        busy.value = false;
        state.value = await found();
      }
    }

    return { state, busy, failure, look, set };
  });
}
