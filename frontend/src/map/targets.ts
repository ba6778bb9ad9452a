/** Which thing a marker stands for, read back from its attributes. */
export type Target =
  | { readonly kind: "alarm"; readonly id: number; readonly ids: readonly number[] }
  | { readonly kind: "device"; readonly id: string }
  | { readonly kind: "unit"; readonly id: number; readonly ids: readonly number[] }
  | { readonly kind: "incident"; readonly id: number; readonly ids: readonly number[] }
  | { readonly kind: "cluster"; readonly id: number };

export function markerOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(".lm-marker") : null;
}

export function targetOf(target: EventTarget | null): Target | null {
  const { alarmId, alarmIds, deviceId, unitId, unitIds, incidentId, incidentIds, clusterId } =
    markerOf(target)?.dataset ?? {};
  if (alarmId !== undefined && alarmIds !== undefined) {
    return { kind: "alarm", id: Number(alarmId), ids: alarmIds.split(" ").map(Number) };
  }
  if (deviceId !== undefined) return { kind: "device", id: deviceId };
  if (unitId !== undefined && unitIds !== undefined) {
    return { kind: "unit", id: Number(unitId), ids: unitIds.split(" ").map(Number) };
  }
  if (incidentId !== undefined && incidentIds !== undefined) {
    return { kind: "incident", id: Number(incidentId), ids: incidentIds.split(" ").map(Number) };
  }
  if (clusterId !== undefined) return { kind: "cluster", id: Number(clusterId) };
  return null;
}
