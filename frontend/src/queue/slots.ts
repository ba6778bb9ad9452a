/**
 * Which row element shows which alarm.
 *
 * An alarm keeps its element while it is on screen, wherever it moves. An element whose alarm has left is given to the
 * next one that comes, so that scrolling changes rows instead of making and destroying them.
 */
export class Slots {
  private taken = new Map<number, number>();
  private free: number[] = [];
  private made = 0;

  /** A slot for each id, in the order of the ids. */
  assign(ids: readonly number[]): readonly number[] {
    const before = this.taken;
    this.taken = new Map();
    for (const id of ids) {
      const slot = before.get(id);
      if (slot === undefined) continue;
      this.taken.set(id, slot);
      before.delete(id);
    }
    this.free.push(...before.values());
    return ids.map((id) => {
      const slot = this.taken.get(id) ?? this.free.pop() ?? this.made++;
      this.taken.set(id, slot);
      return slot;
    });
  }
}
