/** At most one drawing per animation frame, however many changes asked for it. */
export class FrameScheduler<Part extends string> {
  private readonly dirty = new Set<Part>();
  private handle: number | null = null;

  constructor(
    private readonly draw: (parts: ReadonlySet<Part>) => void,
    private readonly request: (callback: () => void) => number = (callback) =>
      requestAnimationFrame(callback),
    private readonly cancel: (handle: number) => void = (handle) => {
      cancelAnimationFrame(handle);
    },
  ) {}

  mark(...parts: readonly Part[]): void {
    for (const part of parts) this.dirty.add(part);
    this.handle ??= this.request(() => {
      this.handle = null;
      const todo = new Set(this.dirty);
      this.dirty.clear();
      this.draw(todo);
    });
  }

  stop(): void {
    if (this.handle !== null) this.cancel(this.handle);
    this.handle = null;
    this.dirty.clear();
  }
}
