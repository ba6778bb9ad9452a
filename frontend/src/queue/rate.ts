/**
 * How many alarms came in the last ten minutes, and whether that is a flood. Pure.
 *
 * EEMUA 191: ten in ten minutes is what an operator handles, and above a hundred the list is given up. That is where
 * the console begins to fold, and it goes on until there are half as many, so that it does not flicker.
 */
export const WINDOW_MS = 600_000;
export const FLOOD_BEGINS = 100;
export const FLOOD_ENDS = 50;
const SLOT_MS = 10_000;

export class AlarmRate {
  private readonly slots = new Map<number, number>();
  private flooded = false;

  /** An alarm was raised at this time, epoch ms of the server. */
  add(at: number): void {
    const slot = Math.floor(at / SLOT_MS);
    this.slots.set(slot, (this.slots.get(slot) ?? 0) + 1);
  }

  count(now: number): number {
    const first = Math.floor((now - WINDOW_MS) / SLOT_MS) + 1;
    let total = 0;
    for (const [slot, count] of this.slots) {
      if (slot < first) this.slots.delete(slot);
      else total += count;
    }
    return total;
  }

  /** With hysteresis: from `FLOOD_BEGINS` until fewer than `FLOOD_ENDS`. */
  flood(now: number): boolean {
    const count = this.count(now);
    this.flooded = this.flooded ? count >= FLOOD_ENDS : count >= FLOOD_BEGINS;
    return this.flooded;
  }
}
