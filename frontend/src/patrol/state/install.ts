/** Registers the service worker, and puts the page on the phone's home screen when the browser offers it. */
import { ref, shallowRef } from "vue";

interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

export type Installing = "installed" | "offered" | "by_hand" | "ios" | "insecure";

const offer = shallowRef<InstallPrompt | null>(null);
const standalone = window.matchMedia("(display-mode: standalone)");
export const installing = ref<Installing>(state());

function state(): Installing {
  if (standalone.matches) return "installed";
  if (!window.isSecureContext) return "insecure";
  if (offer.value !== null) return "offered";
  return /iPhone|iPad|iPod/.test(navigator.userAgent) ? "ios" : "by_hand";
}

const refresh = (): void => {
  installing.value = state();
};
window.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer.value = event as InstallPrompt;
  refresh();
});
window.addEventListener("appinstalled", () => {
  offer.value = null;
  refresh();
});
standalone.addEventListener("change", refresh);

export async function install(): Promise<void> {
  await offer.value?.prompt();
  offer.value = null;
  refresh();
}

/** Without HTTPS there is none, and the page works while there is a network. */
export async function registerWorker(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/patrol/sw.js", {
    scope: "/patrol/",
    updateViaCache: "none",
  });
}
