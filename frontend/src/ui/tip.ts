/** `v-tip="text"`: a hint on hover and on keyboard focus, one element for the whole page. */
import type { Directive } from "vue";

const DELAY_MS = 350;
const GAP_PX = 6;

let bubble: HTMLElement | null = null;
let pending: ReturnType<typeof setTimeout> | undefined;

const texts = new WeakMap<HTMLElement, string>();

function bubbleElement(): HTMLElement {
  if (bubble === null) {
    bubble = document.createElement("div");
    bubble.className = "tip";
    bubble.setAttribute("aria-hidden", "true"); // the name is on the element itself
    document.body.append(bubble);
  }
  return bubble;
}

function hide(): void {
  clearTimeout(pending);
  bubble?.classList.remove("shown");
}

function show(element: HTMLElement): void {
  const text = texts.get(element);
  if (text === undefined || text === "" || !element.isConnected) return;
  const box = bubbleElement();
  box.textContent = text;
  const target = element.getBoundingClientRect();
  const size = box.getBoundingClientRect();
  const below = target.bottom + GAP_PX + size.height < window.innerHeight;
  const left = target.left + target.width / 2 - size.width / 2;
  box.style.left = `${String(Math.max(4, Math.min(left, window.innerWidth - size.width - 4)))}px`;
  box.style.top = `${String(below ? target.bottom + GAP_PX : target.top - GAP_PX - size.height)}px`;
  box.classList.add("shown");
}

function later(element: HTMLElement): void {
  clearTimeout(pending);
  pending = setTimeout(() => {
    show(element);
  }, DELAY_MS);
}

export const vTip: Directive<HTMLElement, string> = {
  mounted(element, { value }) {
    texts.set(element, value);
    element.addEventListener("mouseenter", () => {
      later(element);
    });
    element.addEventListener("focus", () => {
      if (element.matches(":focus-visible")) later(element);
    });
    for (const event of ["mouseleave", "blur", "pointerdown"]) {
      element.addEventListener(event, hide);
    }
  },
  updated(element, { value }) {
    texts.set(element, value);
  },
  beforeUnmount: hide,
};
