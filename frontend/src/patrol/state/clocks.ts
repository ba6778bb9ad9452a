/** This phone's clocks, for telling how long ago something was done. */
import type { Clocks } from "../outbox/age";
import { newKey } from "../outbox/key";

const PAGE = newKey();

export function readClocks(): Clocks {
  return { wall: Date.now(), page: PAGE, up: performance.now() };
}
