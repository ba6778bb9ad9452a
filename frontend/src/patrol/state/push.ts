/** The phone's notifications. Its worker is there from the first visit: it also keeps the page. */
import { definePush } from "@/push/browser";

export type { PushState } from "@/push/browser";

export const usePush = definePush("patrol-push", { scope: "/patrol/", worker: () => navigator.serviceWorker.ready });
