/** How good the line of each shown seat is, looked at every two seconds. */
import { onBeforeUnmount, ref } from "vue";
import { useConference } from "../conference";
import { type Counters, type Quality, qualityOf } from "../state/quality";

const EVERY_MS = 2_000;

interface InboundVideo extends RTCInboundRtpStreamStats {
  readonly mid: string;
}

function countersOf(report: RTCStatsReport): ReadonlyMap<string, Counters> {
  const found = new Map<string, Counters>();
  report.forEach((entry: RTCStats) => {
    if (entry.type !== "inbound-rtp" || (entry as InboundVideo).kind !== "video") return;
    const video = entry as InboundVideo;
    found.set(video.mid, {
      at: video.timestamp,
      received: video.packetsReceived ?? 0,
      lost: video.packetsLost ?? 0,
      decoded: video.framesDecoded ?? 0,
      frozen: video.totalFreezesDuration ?? 0,
    });
  });
  return found;
}

/** By receive slot. */
export function useQualities() {
  const conference = useConference();
  const qualities = ref<ReadonlyMap<number, Quality>>(new Map());
  let before: ReadonlyMap<string, Counters> = new Map();

  async function look(): Promise<void> {
    const report = await conference.stats();
    if (report === null) return;
    const now = countersOf(report);
    const next = new Map<number, Quality>();
    for (const slot of conference.video.keys()) {
      const mid = conference.midOf(slot) ?? "";
      const [old, fresh] = [before.get(mid), now.get(mid)];
      const quality = old === undefined || fresh === undefined ? null : qualityOf(old, fresh);
      if (quality !== null) next.set(slot, quality);
    }
    before = now;
    qualities.value = next;
  }

  const timer = setInterval(() => void look(), EVERY_MS);
  onBeforeUnmount(() => {
    clearInterval(timer);
  });
  return qualities;
}
