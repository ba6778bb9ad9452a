/** What is wrong with the fields of a request, in the page's words. Pure. */
import type { FieldProblem } from "@/api/types";

/** The words for a key, or null where there are none. */
type Word = (key: string) => string | null;

/** By field and reason, then by the reason of a conference's refusal; null unless there are words for each. */
export function faultWords(fields: readonly FieldProblem[], word: Word): string | null {
  const words = fields.map(({ field, code }) => word(`fault.${field}.${code}`) ?? word(`call.refusal.${code}`));
  return words.length > 0 && words.every((one) => one !== null) ? words.join(" ") : null;
}
