/** The page of villages and communities: big buttons, one task at a time. */
import { createPinia } from "pinia";
import { createApp } from "vue";
import { i18n } from "@/i18n";
import App from "./App.vue";
import { addWords } from "./i18n";
import "./village.css";

addWords();
createApp(App).use(createPinia()).use(i18n).mount("#app");
