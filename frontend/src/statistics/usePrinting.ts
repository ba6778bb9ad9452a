/** Whether the page is being printed. Paper is light, whatever the screen is. */
import { onBeforeUnmount, ref, type Ref } from "vue";

export function usePrinting(): Ref<boolean> {
  const printing = ref(false);
  const root = document.documentElement;
  let theme = root.dataset["theme"];

  function begin(): void {
    theme = root.dataset["theme"];
    root.dataset["theme"] = "light";
    printing.value = true;
  }

  function end(): void {
    if (theme !== undefined) root.dataset["theme"] = theme;
    printing.value = false;
  }

  window.addEventListener("beforeprint", begin);
  window.addEventListener("afterprint", end);
  onBeforeUnmount(() => {
    window.removeEventListener("beforeprint", begin);
    window.removeEventListener("afterprint", end);
  });
  return printing;
}
