/** Being on duty. Only then is the position sent, and only while this page is open. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef, watch } from "vue";
import { ApiError } from "@/api/client";
import { placeOrNone } from "@/touch/locate";
import { readDuty, sendPosition } from "../api";
import { DUTY_LANE, dutyWanted, type StatusAct } from "../outbox/acts";
import type { Duty, Position } from "../types";
import { onServer } from "./clock";
import { keep, kept } from "./database";
import { useNetwork } from "./network";
import { useOutbox } from "./outbox";
import { type Fix, isWorthSending, STILL_HERE_MS, STILL_MS } from "./position";
import { useSession } from "./session";

/** `denied`: the person or the phone does not allow it; `searching`: no fix yet. */
export type Positioning = "off" | "searching" | "sending" | "denied" | "unavailable";

const PERMISSION_DENIED = 1;

export const useDuty = defineStore("patrol-duty", () => {
  const session = useSession();
  const network = useNetwork();
  const outbox = useOutbox();
  const duty = shallowRef<Duty | null>(null);
  /** Whether the server has said so to this page: what an earlier one kept may be over. */
  const heard = ref(false);
  const positioning = ref<Positioning>("off");
  const sentAt = ref<number | null>(null);
  let watcher: number | null = null;
  let still = 0;
  let last: Fix | null = null;
  /** Where the phone was seen last while on duty, sent or not. */
  let seen: Fix | null = null;
  let busy = false;

  const confirmed = computed(() => duty.value?.on ?? false);
  /** What the switch shows: what the person wants, which the server may not have heard yet. */
  const wanted = computed(() => dutyWanted(outbox.entries, confirmed.value));
  const tracking = computed(
    () => session.status === "signed_in" && heard.value && confirmed.value && wanted.value,
  );

  async function take(next: Duty): Promise<void> {
    duty.value = next;
    heard.value = true;
    const user = session.me?.id;
    if (user !== undefined) await keep("duty", { user, duty: next });
  }

  async function load(): Promise<void> {
    const known = await kept("duty");
    if (duty.value === null && known !== null && known.user === session.me?.id) {
      duty.value = known.duty;
    }
    try {
      await take(await readDuty());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // what was known stands
    }
  }

  function forgetAll(): void {
    duty.value = null;
    heard.value = false;
    sentAt.value = null;
  }

  const set = (on: boolean): Promise<void> =>
    outbox.add({ lane: DUTY_LANE, act: { kind: "duty", on } });

  async function onFix({ coords, timestamp }: GeolocationPosition): Promise<void> {
    const fix = { lat: coords.latitude, lng: coords.longitude, at: timestamp };
    if (tracking.value) seen = fix;
    if (!tracking.value || busy || !network.online || !isWorthSending(last, fix)) return;
    busy = true;
    try {
      const answer = await sendPosition(fix, onServer(fix.at));
      // The server drops a place from before the duty began: then the next one counts.
      if (answer.units.some(({ position_at }) => position_at !== null)) {
        last = fix;
        sentAt.value = Date.now();
        positioning.value = "sending";
      }
      if (tracking.value) await take(answer);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "conflict") await load(); // no longer on duty
    } finally {
      busy = false;
    }
  }

  function start(): void {
    if (!("geolocation" in navigator)) {
      positioning.value = "unavailable";
      return;
    }
    positioning.value = "searching";
    watcher = navigator.geolocation.watchPosition(
      (fix) => void onFix(fix),
      ({ code }) => {
        positioning.value = code === PERMISSION_DENIED ? "denied" : "searching";
      },
      { enableHighAccuracy: true, maximumAge: 0 },
    );
    // A phone that lies still may be told nothing, and its unit is there all the same.
    still = window.setInterval(() => {
      navigator.geolocation.getCurrentPosition((fix) => void onFix(fix), undefined, {
        maximumAge: STILL_HERE_MS / 2,
      });
    }, STILL_HERE_MS);
  }

  function stop(): void {
    if (watcher !== null) navigator.geolocation.clearWatch(watcher);
    window.clearInterval(still);
    watcher = last = seen = null;
    positioning.value = "off";
  }

  /** Where one is, as far as it is known already and one is on duty. */
  function known(): Position | null {
    if (!tracking.value || seen === null || Date.now() - seen.at > STILL_MS) return null;
    return { lat: seen.lat, lng: seen.lng };
  }

  /** Where one is; asked of the phone on duty only. */
  async function here(): Promise<Position | null> {
    if (!tracking.value) return null;
    return known() ?? (await placeOrNone());
  }

  /** What one's own unit does from now on. */
  const setStatus = (unit: number, status: StatusAct["status"], reason = ""): Promise<void> =>
    outbox.add({ lane: DUTY_LANE, act: { kind: "status", unit, status, reason } });

  watch(tracking, (on) => {
    if (on) start();
    else stop();
  });
  outbox.listen((answer, entry) => {
    if (answer !== null && "duty" in answer) void take(answer.duty);
    else if (entry.act.kind === "duty" || entry.act.kind === "status") void load();
    // What a unit does follows from its tasks.
    else if (entry.act.kind === "step" && entry.act.step !== "deliver") void load();
  });

  return { duty, confirmed, wanted, tracking, positioning, sentAt, load, set, setStatus, known, here, forgetAll };
});
