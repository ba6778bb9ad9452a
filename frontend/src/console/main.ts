/** The dispatchers' console. */
import { createPinia } from "pinia";
import { createApp } from "vue";
import { toSnapshot } from "@/feed/reduce";
import type { Cursor, Snapshot } from "@/feed/types";
import { i18n } from "@/i18n";
import { useFeed } from "@/state/feed";
import "@/ui/base.css";
import App from "./App.vue";

declare global {
  interface Window {
    /** For diagnosis, in the browser's tools: what this page holds of the feed, as plain data. */
    __lingdun: { state(): Snapshot; cursor(): Cursor | null };
  }
}

const pinia = createPinia();
const feed = useFeed(pinia);
window.__lingdun = { state: () => toSnapshot(feed.state), cursor: () => feed.cursor() };

createApp(App).use(pinia).use(i18n).mount("#app");
