/**
 * The service worker of the pages at a desk, the console's and the village's: shows what is pushed. It keeps no file
 * and answers no request; its scope is the page that registered it.
 */
import { addressOf, readPush } from "./notification";

// TypeScript's library of the worker's names and that of the page's exclude each other: the few needed are here.
interface ExtendableEvent extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface WindowClient {
  readonly url: string;
  readonly visibilityState: DocumentVisibilityState;
  focus(): Promise<WindowClient>;
  navigate(url: string): Promise<WindowClient | null>;
}
interface Worker {
  readonly location: Location;
  readonly registration: ServiceWorkerRegistration;
  readonly clients: {
    matchAll(options: { type: "window"; includeUncontrolled: true }): Promise<readonly WindowClient[]>;
    openWindow(url: string): Promise<unknown>;
    claim(): Promise<void>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", run: (event: ExtendableEvent) => void): void;
  addEventListener(type: "push", run: (event: ExtendableEvent & { readonly data: { text(): string } | null }) => void): void;
  addEventListener(type: "notificationclick", run: (event: ExtendableEvent & { readonly notification: Notification }) => void): void;
}
declare const self: Worker;

const HOME = new URL(self.registration.scope).pathname;
const ICON = "/static/pages/icon-192.png";

async function pages(): Promise<readonly WindowClient[]> {
  const all = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return all.filter(({ url }) => new URL(url).pathname === HOME);
}

/** Whoever looks at the page sees the news there; everybody else is told. */
async function onPush(text: string): Promise<void> {
  const { title, body, incident, tag } = readPush(text);
  if ((await pages()).some(({ visibilityState }) => visibilityState === "visible")) return;
  await self.registration.showNotification(title, { body, tag, icon: ICON, badge: ICON, requireInteraction: true, data: { incident } });
}

async function onClick(incident: number | null): Promise<void> {
  const address = addressOf(HOME, incident);
  const [open] = await pages();
  if (open === undefined) {
    await self.clients.openWindow(address);
    return;
  }
  await open.focus();
  if (incident !== null) await open.navigate(address);
}

self.addEventListener("install", (event) => {
  event.waitUntil(self.skipWaiting());
});
self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});
self.addEventListener("push", (event) => {
  event.waitUntil(onPush(event.data?.text() ?? ""));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { incident } = event.notification.data as { incident: number | null };
  event.waitUntil(onClick(incident));
});
