/** The patrol's page on the phone. */
import { createPinia } from "pinia";
import { createApp } from "vue";
import App from "./App.vue";
import { i18n } from "./i18n";
import "@/touch/touch.css";
import { recallClock } from "./state/clock";
import { registerWorker } from "./state/install";

createApp(App).use(createPinia()).use(i18n).mount("#app");
void recallClock();
void registerWorker().catch(() => undefined); // without it the page works while there is a network
