/** What hand and keyboard do on the map, turned into calls. */
import type { LngLat } from "./gcj02";
import { markerOf, targetOf, type Target } from "./targets";

export interface Gestures {
  /** A marker was clicked, or Enter pressed on it. */
  activate(target: Target): void;
  /** The map itself was clicked. */
  click(position: LngLat): void;
  /** The pointer is over the map, or the focus on a marker; `at` is in container pixels. */
  over(target: Target | null, position: LngLat | null, at: { readonly x: number; readonly y: number }): void;
  out(): void;
  pick(position: LngLat): void;
  /** The user moves the map. */
  move(): void;
  home(): void;
  /** True if there was something to close. */
  escape(): boolean;
}

const KEYS_THAT_MOVE = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "+", "-", "="]);
const NEXT = new Set(["ArrowRight", "ArrowDown"]);
const BEFORE = new Set(["ArrowLeft", "ArrowUp"]);

export class Interaction {
  private readonly container: HTMLElement;

  constructor(
    private readonly map: L.Map,
    private readonly gestures: Gestures,
    /** While true every click is one on the ground, whatever stands there. */
    private readonly isPicking: () => boolean,
  ) {
    this.container = map.getContainer();
    map.on("click", (event: L.LeafletMouseEvent) => {
      this.gestures.click(positionOf(event));
    });
    map.on("contextmenu", (event: L.LeafletMouseEvent) => {
      event.originalEvent.preventDefault();
      this.gestures.pick(positionOf(event));
    });
    map.on("mousemove", (event: L.LeafletMouseEvent) => {
      this.onPointer(event);
    });
    map.on("mouseout", () => {
      this.gestures.out();
    });
    map.on("dragstart boxzoomstart dblclick", () => {
      this.gestures.move();
    });
    // Capturing: a click on a marker must not reach Leaflet as one on the area under it.
    this.container.addEventListener("click", this.onClick, { capture: true });
    this.container.addEventListener("dblclick", this.onDoubleClick, { capture: true });
    this.container.addEventListener("keydown", this.onKey, { capture: true });
    this.container.addEventListener("focusin", this.onFocus);
    this.container.addEventListener("wheel", this.onWheel, { passive: true });
  }

  private readonly onClick = (event: MouseEvent): void => {
    const target = targetOf(event.target);
    const dragging = this.map.dragging as L.Handler & { moved(): boolean };
    if (target === null || this.isPicking() || dragging.moved()) return;
    event.stopPropagation();
    this.gestures.activate(target);
  };

  private readonly onDoubleClick = (event: MouseEvent): void => {
    if (targetOf(event.target) !== null) event.stopPropagation();
  };

  private readonly onWheel = (): void => {
    this.gestures.move();
  };

  private readonly onFocus = (event: FocusEvent): void => {
    const target = targetOf(event.target);
    if (target !== null) this.gestures.over(target, null, this.topOf(event.target));
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = targetOf(event.target);
    if (!this.handleKey(event.key, target, event.target)) {
      if (KEYS_THAT_MOVE.has(event.key)) this.gestures.move();
      return;
    }
    event.stopPropagation();
    event.preventDefault();
  };

  private handleKey(key: string, target: Target | null, element: EventTarget | null): boolean {
    if (key === "Escape") return this.gestures.escape();
    if (target === null) {
      if (key !== "0") return false;
      this.gestures.home();
      return true;
    }
    if (key === "Enter" || key === " ") {
      this.gestures.activate(target);
      return true;
    }
    const step = NEXT.has(key) ? 1 : BEFORE.has(key) ? -1 : 0;
    if (step !== 0) this.focusAlarm(markerOf(element), step);
    return step !== 0;
  }

  /** From one alarm to the next, the gravest first, so that the map is one stop of the Tab key. */
  private focusAlarm(from: HTMLElement | null, step: number): void {
    const rank = (marker: HTMLElement): number =>
      Number(marker.dataset["severity"]) * 1e12 + Number(marker.dataset["alarmId"]);
    const markers = [...(from?.parentElement?.querySelectorAll<HTMLElement>("[data-alarm-id]") ?? [])];
    markers.sort((a, b) => rank(a) - rank(b));
    const at = from === null ? -1 : markers.indexOf(from);
    if (at >= 0) markers[(at + step + markers.length) % markers.length]?.focus({ preventScroll: true });
  }

  private onPointer(event: L.LeafletMouseEvent): void {
    if (event.originalEvent.buttons !== 0) return; // dragging
    const element = event.originalEvent.target;
    const target = targetOf(element);
    const at = target === null ? event.containerPoint : this.topOf(element);
    this.gestures.over(target, positionOf(event), at);
  }

  /** The middle of a marker's upper edge. */
  private topOf(element: EventTarget | null): { x: number; y: number } {
    const marker = markerOf(element)?.getBoundingClientRect();
    const frame = this.container.getBoundingClientRect();
    return marker === undefined
      ? { x: 0, y: 0 }
      : { x: marker.left + marker.width / 2 - frame.left, y: marker.top - frame.top };
  }
}

function positionOf(event: L.LeafletMouseEvent): LngLat {
  return [event.latlng.lng, event.latlng.lat];
}
