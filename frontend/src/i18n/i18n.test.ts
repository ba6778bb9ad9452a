/** The catalogues against each other, against the source, and against the server's codes. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  actionValues,
  auditActionValues,
  chainValues,
  commandStateValues,
  conditionValues,
  deadLetterReasonValues,
  deviceActionValues,
  gapReasonValues,
  kindValues,
  levelValues,
  problemCodeValues,
  reasonCodeValues,
  roleValues,
  roundStateValues,
  skillValues,
  sourceValues,
  stageValues,
  statusValues,
  stepValues,
  taskStateValues,
  unitKindValues,
  unitStatusValues,
} from "@generated/api";
import { describe, expect, it } from "vitest";
import { messages as guestMessages } from "@/guest/i18n";
import { messages as patrolMessages } from "@/patrol/i18n";
import { messages as villageMessages } from "@/village/i18n";
import { messages as consoleMessages } from ".";

/** Every word of every page. */
const messages = {
  "zh-Hans": { ...consoleMessages["zh-Hans"], ...patrolMessages["zh-Hans"], ...villageMessages["zh-Hans"], ...guestMessages["zh-Hans"] },
  en: { ...consoleMessages.en, ...patrolMessages.en, ...villageMessages.en, ...guestMessages.en },
};

const SOURCE = join(import.meta.dirname, "..");

type Tree = { readonly [key: string]: string | Tree };

function leaves(tree: Tree, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") found.set(prefix + key, value);
    else for (const [path, text] of leaves(value, `${prefix}${key}.`)) found.set(path, text);
  }
  return found;
}

function sources(): string {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(ts|vue)$/.test(path) && !/\.test\.ts$|(^|\/)i18n\//.test(path))
    .map((path) => readFileSync(join(SOURCE, path), "utf8"))
    .join("\n");
}

const zh = leaves(messages["zh-Hans"]);
const en = leaves(messages.en);
const source = sources();
/** `queue.empty` as a whole literal; `severity.name.${` as the beginning of a template. */
const literals = new Set([...source.matchAll(/["'`]([a-z]\w*(?:\.\w+)+)["'`]/g)].map(([, key]) => key));
const beginnings = [
  ...[...source.matchAll(/`([a-z]\w*(?:\.\w+)*\.)\$\{/g)].map(([, prefix]) => prefix ?? ""),
  ...[...source.matchAll(/named\(\s*"([a-z]\w*(?:\.\w+)*)"/g)].map(([, group]) => `${group ?? ""}.`),
];

function placeholders(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ""))].sort();
}

describe("catalogues", () => {
  it("have the same keys", () => {
    expect([...en.keys()].sort()).toEqual([...zh.keys()].sort());
  });

  it("have the same placeholders, and no empty text", () => {
    const differing = [...zh].filter(([key, text]) => {
      const other = en.get(key) ?? "";
      return text === "" || other === "" || placeholders(text).join() !== placeholders(other).join();
    });
    expect(differing.map(([key]) => key)).toEqual([]);
  });

  it("hold every key that the source asks for", () => {
    const asked = [...source.matchAll(/\bt\(\s*["'`]([\w.]+)["'`]/g)].map(([, key]) => key ?? "");
    expect(asked.filter((key) => !zh.has(key))).toEqual([]);
    expect(beginnings.filter((prefix) => ![...zh.keys()].some((key) => key.startsWith(prefix)))).toEqual([]);
  });

  it("hold no key that nothing asks for", () => {
    const unused = [...zh.keys()].filter(
      (key) =>
        !key.startsWith("map.") && // the map reads its words by its own names
        !literals.has(key) &&
        !beginnings.some((prefix) => key.startsWith(prefix)),
    );
    expect(unused).toEqual([]);
  });

  it.each([
    ["condition", conditionValues],
    ["kind", kindValues],
    ["command.action", deviceActionValues],
    ["command.tip", deviceActionValues],
    ["command.state", commandStateValues],
    ["deviceStatus", statusValues],
    ["unitKind", unitKindValues],
    ["unitStatus", unitStatusValues],
    ["level", levelValues],
    ["role", roleValues],
    ["records.reasonName", deadLetterReasonValues],
    ["records.actionName", auditActionValues.map((action) => action.replace(".", "_"))],
    ["stage", stageValues],
    ["source", sourceValues],
    ["taskState", taskStateValues],
    ["roundState", roundStateValues],
    ["skill", skillValues],
    ["incident.action", actionValues],
    ["incident.actionTip", actionValues],
    ["dispatch.reason", reasonCodeValues],
    ["plan.chain", chainValues],
    ["plan.why", gapReasonValues],
    // The phone delivers, and time alone lets a task expire.
    ["task.ownStep", stepValues.filter((step) => !["deliver", "cancel", "expire"].includes(step))],
    ["task.step", stepValues.filter((step) => step !== "deliver" && step !== "expire")],
    ["error", problemCodeValues],
  ])("have a word in %s for each of the server's codes", (group, codes: readonly string[]) => {
    expect(codes.filter((code) => !zh.has(`${group}.${code}`))).toEqual([]);
  });
});
