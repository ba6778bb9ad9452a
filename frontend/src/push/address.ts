/** What a notification's address asks of the page that it opens. Apart from the worker's own modules: it imports none. */

/** The incident that an address of `addressOf` names. */
export function incidentIn(hash: string): number | null {
  const [, id] = /^#\/case\/([1-9]\d{0,15})$/.exec(hash) ?? [];
  return id === undefined ? null : Number(id);
}
