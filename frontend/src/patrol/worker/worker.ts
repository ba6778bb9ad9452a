/**
 * The patrol page's service worker: opens the page without a network, and shows what is pushed.
 *
 * It keeps files only, never an answer of the API: what the page knows of tasks is in its own database.
 */
import { handlingOf, OWN_FILES, PAGE } from "./caching";
import { addressOf, readPush, tagOf, type WorkerLocale } from "./notification";

// TypeScript's library of the worker's names and that of the page's exclude each other: the few needed are here.
interface ExtendableEvent extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface PushEvent extends ExtendableEvent {
  readonly data: { text(): string } | null;
}
interface NotificationEvent extends ExtendableEvent {
  readonly notification: Notification;
}
interface WindowClient {
  readonly url: string;
  readonly visibilityState: DocumentVisibilityState;
  focus(): Promise<WindowClient>;
  postMessage(message: unknown): void;
}
interface Worker {
  readonly location: Location;
  readonly registration: ServiceWorkerRegistration;
  readonly clients: {
    matchAll(options: { type: "window" }): Promise<readonly WindowClient[]>;
    openWindow(url: string): Promise<unknown>;
    claim(): Promise<void>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", run: (event: ExtendableEvent) => void): void;
  addEventListener(type: "fetch", run: (event: FetchEvent) => void): void;
  addEventListener(type: "push", run: (event: PushEvent) => void): void;
  addEventListener(type: "notificationclick", run: (event: NotificationEvent) => void): void;
}

/** The page's hashed files: the build puts their names here. */
declare const __PATROL_FILES__: readonly string[];
declare const self: Worker;

const FILES = __PATROL_FILES__;
const PREFIX = "lingdun-patrol-files-";
const CACHE = PREFIX + digest(FILES.join());
const SETTINGS = "lingdun-patrol-settings";
const PATIENCE_MS = 2_500;

function digest(text: string): string {
  let hash = 0;
  for (const letter of text) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
  return (hash >>> 0).toString(36);
}

async function fill(): Promise<void> {
  const cache = await caches.open(CACHE);
  const fresh = [PAGE, ...OWN_FILES].map((path) => new Request(path, { cache: "reload" }));
  await cache.addAll([...FILES, ...fresh]);
  await self.skipWaiting();
}

async function tidy(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function fromNetwork(request: Request | string, path: string): Promise<Response> {
  const response = await fetch(request);
  if (response.ok) await (await caches.open(CACHE)).put(path, response.clone());
  return response;
}

/** The network's page if it comes soon, else the kept one, else however long the network takes. */
async function page(request: Request): Promise<Response> {
  const coming = fromNetwork(request, PAGE);
  const soon = await Promise.race([
    coming.catch(() => null),
    new Promise<null>((resolve) => setTimeout(() => { resolve(null); }, PATIENCE_MS)),
  ]);
  if (soon?.ok === true) return soon;
  return (await caches.match(PAGE)) ?? coming;
}

async function keptFirst(request: Request, path: string, renew: boolean): Promise<Response> {
  const known = await caches.match(path);
  if (known === undefined) return fromNetwork(request, path);
  if (renew) void fromNetwork(request, path).catch(() => undefined);
  return known;
}

async function locale(): Promise<WorkerLocale> {
  const kept = await (await caches.open(SETTINGS)).match("/patrol/settings");
  const settings = (await kept?.json()) as { locale?: unknown } | undefined;
  return settings?.locale === "en" ? "en" : "zh-Hans";
}

async function pages(): Promise<readonly WindowClient[]> {
  const all = await self.clients.matchAll({ type: "window" });
  return all.filter(({ url }) => new URL(url).pathname === PAGE);
}

/** Whoever looks at the page sees the news there; everybody else is told. */
async function onPush(text: string): Promise<void> {
  const message = readPush(text, await locale());
  const open = await pages();
  for (const client of open) client.postMessage({ type: "tasks" });
  if (message.incident === null && open.some(({ visibilityState }) => visibilityState === "visible")) return;
  await self.registration.showNotification(message.title, {
    body: message.body,
    tag: tagOf(message),
    icon: "/static/pages/icon-192.png",
    badge: "/static/pages/icon-192.png",
    requireInteraction: true,
    data: { task: message.task },
  });
}

async function onClick(task: number | null): Promise<void> {
  const [open] = await pages();
  if (open === undefined) {
    await self.clients.openWindow(addressOf(task));
    return;
  }
  open.postMessage({ type: "open", task });
  await open.focus();
}

self.addEventListener("install", (event) => {
  event.waitUntil(fill());
});
self.addEventListener("activate", (event) => {
  event.waitUntil(tidy());
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  const handling = handlingOf(request.method, pathname, request.mode === "navigate");
  if (handling === "page") event.respondWith(page(request));
  else if (handling !== "network") event.respondWith(keptFirst(request, pathname, handling === "own"));
});
self.addEventListener("push", (event) => {
  event.waitUntil(onPush(event.data?.text() ?? ""));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { task } = event.notification.data as { task: number | null };
  event.waitUntil(onClick(task));
});
