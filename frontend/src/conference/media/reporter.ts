/** Looks at one's own line for as long as one is in a room, and reports it at intervals and at the end. */
import type { Clock } from "@/feed/clock";
import { LineMeter } from "../state/line";
import type { LineReport } from "../state/types";
import { sampleOf } from "./sample";

const LOOK_EVERY_MS = 5_000;
const REPORT_EVERY_MS = 30_000;
/** Early enough that a line which is bad from the start is seen. */
const FIRST_REPORT_MS = 8_000;
const WAIT_FOR_PICTURE_MS = 100;
const WAITED_ENOUGH_MS = 30_000;

export interface ReporterOptions {
  readonly clock: Clock;
  readonly stats: () => Promise<RTCStatsReport> | null;
  /** false: it could not be said now, and is kept. */
  readonly say: (report: LineReport) => boolean;
}

export class LineReporter {
  private readonly meter = new LineMeter();
  private readonly clickedAt: number;
  private kept: LineReport | null = null;
  private cancel: (() => void) | null = null;
  private reportAt: number;
  /** In the room, and then: somebody else sends a picture. Waiting for that is nobody's line. */
  private insideAt: number | null = null;
  private pictureAt: number | null = null;
  private hasJoined = false;
  private stopped = false;

  constructor(private readonly options: ReporterOptions) {
    this.clickedAt = options.clock.now();
    this.reportAt = this.clickedAt + FIRST_REPORT_MS;
    this.again(LOOK_EVERY_MS);
  }

  /** One is in the room; `pictures`: somebody else sends one. */
  found(pictures: boolean): void {
    const now = this.options.clock.now();
    this.insideAt ??= now;
    if (!pictures || this.pictureAt !== null || this.stopped) return;
    this.pictureAt = now;
    this.cancel?.();
    this.again(WAIT_FOR_PICTURE_MS);
  }

  /** The rest that was not reported yet, for the end. */
  stop(): LineReport | null {
    this.stopped = true;
    this.cancel?.();
    return this.kept ?? this.meter.report();
  }

  private again(ms: number): void {
    this.cancel = this.options.clock.after(ms, () => void this.look());
  }

  private async look(): Promise<void> {
    const report = await this.options.stats();
    if (this.stopped) return;
    const now = this.options.clock.now();
    if (report !== null) {
      const sample = sampleOf(report, now);
      this.meter.take(sample);
      if (sample.pictures.size > 0) this.sawPicture(now);
    }
    if (now >= this.reportAt) this.tell(now);
    const hurries = !this.hasJoined && this.pictureAt !== null && now - this.pictureAt < WAITED_ENOUGH_MS;
    this.cancel?.();
    this.again(hurries ? WAIT_FOR_PICTURE_MS : LOOK_EVERY_MS);
  }

  private sawPicture(now: number): void {
    if (this.hasJoined || this.pictureAt === null) return;
    this.hasJoined = true;
    this.meter.joined(now - this.clickedAt - (this.pictureAt - (this.insideAt ?? this.pictureAt)));
  }

  private tell(now: number): void {
    this.reportAt = now + REPORT_EVERY_MS;
    const report = this.kept ?? this.meter.report();
    this.kept = report === null || this.options.say(report) ? null : report;
  }
}
