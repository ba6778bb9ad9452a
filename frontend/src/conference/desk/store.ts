/** The conference on the console: what is open around it, and how it is laid out. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { isOneOf, stored } from "@/state/storage";
import { LAYOUT_CHOICES, type LayoutChoice } from "../state/tiles";
import type { Opening } from "./opening";

export const SIZES = ["dock", "centre", "wall"] as const;
export type Size = (typeof SIZES)[number];
export const PANELS = ["people", "chat", "about", "decisions"] as const;
export type Panel = (typeof PANELS)[number];

const SHARE_MIN = 0.3;
const SHARE_MAX = 0.8;
const isShare = (value: unknown): value is number => typeof value === "number" && value >= SHARE_MIN && value <= SHARE_MAX;
const isPanel = (value: unknown): value is Panel | "" => value === "" || isOneOf(PANELS)(value);

export const useDesk = defineStore("conference-desk", () => {
  const opening = shallowRef<Opening | null>(null);
  /** The list of conferences that go on. */
  const list = ref(false);
  const inviting = ref(false);
  /** The links for guests. */
  const guests = ref(false);
  const size = ref<Size>("dock");
  /** The map's share that the dock takes. */
  const share = stored<number>("conference.share", 0.56, isShare);
  const layout = stored<LayoutChoice>("conference.layout", "grid9", isOneOf(LAYOUT_CHOICES));
  const panel = stored<Panel | "">("conference.panel", "people", isPanel);
  const pinned = ref<number | null>(null);
  const page = ref(0);
  /** How many messages were there when the chat was last looked at. */
  const seenMessages = ref(0);
  const hasDialog = computed(() => opening.value !== null || list.value || inviting.value || guests.value);

  function nextLayout(): void {
    const choices = LAYOUT_CHOICES.filter((choice) => choice !== "pinned" || pinned.value !== null);
    layout.value = choices[(choices.indexOf(layout.value) + 1) % choices.length] ?? "grid9";
    page.value = 0;
  }

  function pin(seat: number | null): void {
    pinned.value = seat;
    if (seat !== null) layout.value = "pinned";
    else if (layout.value === "pinned") layout.value = "grid9";
  }

  function resize(to: number): void {
    share.value = Math.max(SHARE_MIN, Math.min(SHARE_MAX, to));
  }

  function toggleSize(to: Size): void {
    size.value = size.value === to ? "dock" : to;
  }

  function togglePanel(to: Panel): void {
    panel.value = panel.value === to ? "" : to;
  }

  function reset(): void {
    inviting.value = guests.value = false;
    size.value = "dock";
    if (layout.value === "pinned") layout.value = "grid9";
    pinned.value = null;
    page.value = seenMessages.value = 0;
  }

  return { opening, list, inviting, guests, size, share, layout, panel, pinned, page, seenMessages, hasDialog, nextLayout, pin, resize, toggleSize, togglePanel, reset };
});
