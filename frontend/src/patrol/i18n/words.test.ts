import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { messages } from ".";

const ROOM = new URL("../../conference/", import.meta.url);
const FILES = [
  ...readdirSync(new URL("simple/", ROOM)).map((name) => `simple/${name}`),
  "files/ChatFile.vue", "files/useShare.ts", "KnockBar.vue", "RecordingBadge.vue", "RoomAudio.vue", "useWhere.ts", "useRoomWords.ts",
];
/** What this page knows nothing of: the incident beside the picture is the village's. */
const NOT_HERE = /^about\./;

function has(words: object, key: string): boolean {
  let at: unknown = words;
  for (const part of key.split(".")) at = typeof at === "object" && at !== null ? (at as Record<string, unknown>)[part] : undefined;
  return at !== undefined;
}

/** Keys as they stand in the source; of those put together, the part before the first variable. */
function keysIn(source: string): readonly string[] {
  return [...source.matchAll(/\bt\((?:"([\w.]+)"|`([\w.]+)\.\$)/g)].map(([, whole, part]) => whole ?? part ?? "");
}

describe("the conference on the patrol's phone", () => {
  it.each(["zh-Hans", "en"] as const)("has its words in %s", (locale) => {
    const used = FILES.flatMap((name) => keysIn(readFileSync(new URL(name, ROOM), "utf8")));
    expect(used.length).toBeGreaterThan(60);
    expect(used.filter((key) => !NOT_HERE.test(key) && !has(messages[locale], key))).toEqual([]);
  });
});
