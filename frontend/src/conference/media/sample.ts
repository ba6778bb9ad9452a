/** What getStats says, as one look at the line. */
import type { LineSample, Picture } from "../state/line";

interface Inbound extends RTCInboundRtpStreamStats {
  readonly freezeCount?: number;
  readonly totalFreezesDuration?: number;
  readonly framesPerSecond?: number;
}

interface Candidate extends RTCStats {
  readonly candidateType?: string;
  readonly protocol?: string;
}

export function sampleOf(report: RTCStatsReport, at: number): LineSample {
  const pictures = new Map<string, Picture>();
  const sum = { received: 0, lost: 0, sent: 0, sentLost: 0, freezes: 0, frozenS: 0 };
  let [sentHeight, sentRate]: [number | null, number | null] = [null, null];
  report.forEach((entry: RTCStats) => {
    switch (entry.type) {
      case "inbound-rtp": {
        const inbound = entry as Inbound;
        sum.received += inbound.packetsReceived ?? 0;
        sum.lost += Math.max(0, inbound.packetsLost ?? 0);
        sum.freezes += inbound.freezeCount ?? 0;
        sum.frozenS += inbound.totalFreezesDuration ?? 0;
        if (inbound.kind === "video" && (inbound.framesDecoded ?? 0) > 0 && inbound.frameHeight !== undefined)
          pictures.set(inbound.id, { decoded: inbound.framesDecoded ?? 0, height: inbound.frameHeight, rate: inbound.framesPerSecond ?? 0 });
        break;
      }
      case "outbound-rtp": {
        const outbound = entry as RTCOutboundRtpStreamStats;
        sum.sent += outbound.packetsSent ?? 0;
        // Of a simulcast the largest layer that is being sent.
        const rate = outbound.framesPerSecond ?? 0;
        if (outbound.kind === "video" && rate > 0 && (outbound.frameHeight ?? 0) > (sentHeight ?? 0)) [sentHeight, sentRate] = [outbound.frameHeight ?? null, rate];
        break;
      }
      case "remote-inbound-rtp":
        sum.sentLost += Math.max(0, (entry as RTCStats & { packetsLost?: number }).packetsLost ?? 0);
        break;
      default:
        break;
    }
  });
  return { at, ...sum, pictures, sentHeight, sentRate, ...wayOf(report) };
}

function wayOf(report: RTCStatsReport): Pick<LineSample, "roundTripMs" | "path"> {
  let pair: RTCIceCandidatePairStats | undefined;
  report.forEach((entry: RTCStats) => {
    if (entry.type !== "candidate-pair") return;
    const found = entry as RTCIceCandidatePairStats;
    if (found.nominated === true && found.state === "succeeded" && (pair === undefined || found.timestamp >= pair.timestamp)) pair = found;
  });
  if (pair === undefined) return { roundTripMs: null, path: null };
  const local = report.get(pair.localCandidateId) as Candidate | undefined;
  const roundTrip = pair.currentRoundTripTime;
  return {
    roundTripMs: roundTrip === undefined ? null : 1000 * roundTrip,
    path: local?.candidateType === "relay" ? "relay" : local?.protocol === "tcp" ? "tcp" : "udp",
  };
}
