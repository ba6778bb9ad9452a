/** What a condition is called: a stored rule's own has its titles with it, the others have words. */
export interface Titled {
  readonly condition: string;
  readonly title_zh?: string;
  readonly title_en?: string;
}

/** The title that comes with a condition, in the reader's language if there is one; "" for a shipped condition. */
export function ownTitle(subject: Titled, locale: string): string {
  const { title_zh: zh = "", title_en: en = "" } = subject;
  return locale === "en" ? en || zh : zh || en;
}
