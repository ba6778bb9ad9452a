/** The devices that a rule is for. Pure but for the key under which the form hands it down. */
import type { ComputedRef, InjectionKey } from "vue";
import type { Device } from "@/feed/types";
import { catcher, type Figure } from "@/map/sketch/figure";
import type { Dot } from "@/map/sketch/dotLayer";
import { within } from "@/state/areas";

export interface Target {
  readonly code: string | null;
  /** Empty: all. */
  readonly kinds: readonly string[];
  /** This one alone, if given. */
  readonly device: string;
}

export const TARGET: InjectionKey<ComputedRef<Target>> = Symbol("the rule's devices");

export function meant(devices: readonly Device[], { code, kinds, device }: Target): Device[] {
  if (device !== "") return devices.filter(({ id }) => id === device);
  return devices.filter((each) => within(each.code, code) && (kinds.length === 0 || kinds.includes(each.kind)));
}

export function dotsOf(devices: readonly Device[]): Dot[] {
  return devices.flatMap(({ id, lng, lat }): Dot[] => (lng === null || lat === null ? [] : [{ id, at: [lng, lat] }]));
}

export interface Catch {
  readonly inside: number;
  readonly all: number;
  /** They stand nowhere, and so in no area. */
  readonly unplaced: number;
}

/** What at least one of the figures catches. */
export function caught(figures: readonly Figure[], devices: readonly Device[]): Catch {
  const dots = dotsOf(devices);
  const catchers = figures.map(catcher);
  const inside = dots.filter(({ at }) => catchers.some((catches) => catches(at))).length;
  return { inside, all: devices.length, unplaced: devices.length - dots.length };
}
