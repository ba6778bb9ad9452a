/**
 * Work that is done again and again as the newest input says, and takes a tenth of the time at most: after work of 20 ms
 * there is a pause of 180. Cheap work is done at once; the last input is always done.
 */
export const SHARE = 9;
export const LONGEST_PAUSE_MS = 2_000;

export class Pace<T> {
  private waiting: { readonly input: T } | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly work: (input: T) => void,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  push(input: T): void {
    this.waiting = { input };
    if (this.timer === undefined) this.run();
  }

  /** What followed from the work took so much more. */
  spent(ms: number): void {
    this.rest(ms);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waiting = null;
  }

  private run(): void {
    this.timer = undefined;
    const { waiting } = this;
    if (waiting === null) return;
    this.waiting = null;
    const from = this.clock();
    this.work(waiting.input);
    this.rest(this.clock() - from);
  }

  private rest(ms: number): void {
    if (ms < 2) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.run(); }, Math.min(LONGEST_PAUSE_MS, ms * SHARE));
  }
}
