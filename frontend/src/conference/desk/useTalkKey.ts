/** Space held down opens one's microphone for as long: never while typing, nor on a control that uses Space itself. */
import { onBeforeUnmount, onMounted } from "vue";
import { useConference } from "../conference";

const OWN_SPACE = "input, textarea, select, button, a, summary, [contenteditable], [role=tab], [role=option], [role=listbox], [role=separator]";

export function useTalkKey(isFree: () => boolean): void {
  const conference = useConference();

  function down(event: KeyboardEvent): void {
    if (event.code !== "Space" || event.ctrlKey || event.altKey || event.metaKey) return;
    if (conference.talking) {
      event.preventDefault();
      return;
    }
    if (event.repeat || !isFree() || conference.microphone !== "off") return;
    if (event.target instanceof Element && event.target.closest(OWN_SPACE) !== null) return;
    event.preventDefault();
    conference.talk(true);
  }

  function up(event: KeyboardEvent): void {
    if (event.code === "Space") release();
  }

  function release(): void {
    conference.talk(false);
  }

  onMounted(() => {
    window.addEventListener("keydown", down, true);
    window.addEventListener("keyup", up, true);
    window.addEventListener("blur", release);
  });
  onBeforeUnmount(() => {
    window.removeEventListener("keydown", down, true);
    window.removeEventListener("keyup", up, true);
    window.removeEventListener("blur", release);
    release();
  });
}
