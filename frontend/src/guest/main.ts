/** The page of a conference's guest: somebody without an account, by a link of the chair's. */
import { createPinia } from "pinia";
import { createApp } from "vue";
import { i18n } from "@/i18n";
import App from "./App.vue";
import { addWords } from "./i18n";
import "../village/village.css";

addWords();
createApp(App).use(createPinia()).use(i18n).mount("#app");
