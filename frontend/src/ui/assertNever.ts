/** Ends an exhaustive `switch`: a case added to the union and forgotten here does not compile. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
