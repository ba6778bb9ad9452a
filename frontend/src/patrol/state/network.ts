/** Whether the command centre can be reached, as the phone and the last answers say. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";

export const useNetwork = defineStore("patrol-network", () => {
  const online = ref(navigator.onLine);
  const answering = ref(true);
  window.addEventListener("online", () => {
    online.value = true;
    answering.value = true;
  });
  window.addEventListener("offline", () => {
    online.value = false;
  });

  /** `offline`: no network. `silent`: a network, and no answer. */
  const state = computed(() => (!online.value ? "offline" : answering.value ? "online" : "silent"));

  function heard(isAnswer: boolean): void {
    answering.value = isAnswer;
  }

  return { online, state, heard };
});
