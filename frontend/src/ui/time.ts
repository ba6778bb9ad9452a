/** Times and ages in words. Pure: the catalogue's `t` is an argument. */

type Translate = (key: string, named: Record<string, unknown>) => string;

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, short: 12秒, 5分, 3时07分, 2天4时. Never negative. */
export function age(t: Translate, ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < MINUTE) return t("time.seconds", { n: seconds });
  if (seconds < HOUR) return t("time.minutes", { n: Math.floor(seconds / MINUTE) });
  if (seconds < DAY) {
    const minutes = String(Math.floor((seconds % HOUR) / MINUTE)).padStart(2, "0");
    return t("time.hours", { h: Math.floor(seconds / HOUR), m: minutes });
  }
  return t("time.days", {
    d: Math.floor(seconds / DAY),
    h: Math.floor((seconds % DAY) / HOUR),
  });
}

export function pad(value: number): string {
  return String(value).padStart(2, "0");
}

/** 14:03:22, in this machine's zone. */
export function clock(at: number | string): string {
  const date = new Date(at);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** 2026-11-22 14:03:22: the same in every language, and sorts. */
export function full(at: number | string): string {
  const date = new Date(at);
  const day = `${String(date.getFullYear())}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  return `${day} ${clock(at)}`;
}

/** The clock alone for today, with the day before it otherwise. */
export function brief(at: number | string, now: number): string {
  const [date, today] = [new Date(at), new Date(now)];
  const time = `${pad(date.getHours())}:${pad(date.getMinutes())}`;
  return date.toDateString() === today.toDateString()
    ? time
    : `${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${time}`;
}
