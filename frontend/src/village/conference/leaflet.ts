/** The map's library, which the console's page brings along and this one fetches when somebody looks at a map. */
let coming: Promise<void> | null = null;

export function loadLeaflet(): Promise<void> {
  coming ??= Promise.all([add("link", "style"), add("script", "script")]).then(() => undefined);
  return coming.catch((error: unknown) => {
    coming = null; // the next look tries again
    throw error;
  });
}

/** Where it is, the page's head says, by links that by themselves fetch nothing. */
function add(tag: "link" | "script", what: string): Promise<void> {
  const href = document.head.querySelector<HTMLLinkElement>(`link[data-leaflet="${what}"]`)?.href ?? "";
  const element = document.createElement(tag);
  if (element instanceof HTMLLinkElement) {
    element.rel = "stylesheet";
    element.href = href;
  } else element.src = href;
  return new Promise((resolve, reject) => {
    element.addEventListener("load", () => {
      resolve();
    });
    element.addEventListener("error", () => {
      reject(new Error(`${href} did not come`));
    });
    document.head.append(element);
  });
}
