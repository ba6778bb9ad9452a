/** Codes that the record filters offer. */

export const DEAD_LETTER_REASONS = [
  "too_large",
  "not_json",
  "bad_envelope",
  "bad_data",
  "unknown_kind",
  "unknown_type",
  "bad_topic",
  "unknown_device",
  "wrong_topic",
  "codec_error",
  "storage_error",
] as const;

export const AUDIT_ACTIONS = [
  "session.login",
  "session.refused",
  "session.logout",
  "alarm.acknowledged",
  "device.created",
  "device.changed",
  "device.removed",
  "device.credential_issued",
  "devices.imported",
  "devices.exported",
  "dead_letter.replayed",
  "dead_letter.discarded",
  "jurisdictions.imported",
  "jurisdiction.changed",
  "jurisdiction.removed",
  "account.changed",
  "unit.status_set",
] as const;
