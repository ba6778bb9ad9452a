/** What the REST API takes and answers: names for the generated types. */
import type { components } from "@generated/api";
import type { MaintenanceWindow } from "@/feed/types";

export {
  auditActionValues as AUDIT_ACTIONS,
  deadLetterDataStateValues as LETTER_STATES,
  deadLetterReasonValues as DEAD_LETTER_REASONS,
  kindValues as DEVICE_KINDS,
  pendingDataStateValues as PENDING_STATES,
} from "@generated/api";

type Schemas = components["schemas"];

export type Permission = Schemas["Permission"];
/** `permissions`: for each permission the prefixes under which it holds. */
export type Me = Schemas["Me"];
export type DeviceDetail = Schemas["DeviceDetail"];
export type DeviceEvent = Schemas["DeviceEventData"];
/** How many events and alarms came when. */
export type Timeline = Schemas["Timeline"];
/** A picture of a place, without the picture. */
export type Snapshot = Schemas["SnapshotData"];
export type Look = Schemas["Look"];
/** A maintenance window at the same time, and what its equipment is to one's own. */
export interface WindowOverlap extends Omit<Schemas["WindowOverlap"], "window"> {
  readonly window: MaintenanceWindow;
}
export type LookReason = Schemas["LookReason"];
export type AlarmChange = Schemas["AlarmChangeData"];
export type AcknowledgeResult = Schemas["Acknowledged"];
export type DeadLetter = Schemas["DeadLetterData"];
export type DeadLetterDetail = Schemas["DeadLetterDetail"];
export type LettersOfDevice = Schemas["LettersOfDevice"];
export type ReplayedMany = Schemas["ReplayedMany"];
/** A device that was heard or announced and is not registered. */
export type PendingDevice = Schemas["PendingData"];
export type PendingRoom = Schemas["PendingRoom"];
export type Approved = Schemas["Approved"];
export type ReplayOutcome = Schemas["ReplayOutcome"];
export type AuditEntry = Schemas["AuditEntryData"];
export type IncidentCategory = Schemas["CategoryData"];
export type IncidentDetail = Schemas["IncidentDetail"];
export type IncidentAction = Schemas["Action"];
export type IncidentNeed = Schemas["Need"];
export type AllowedAction = Schemas["AllowedAction"];
export type TimelineEntry = Schemas["EntryData"];
export type Attachment = Schemas["AttachmentData"];
export type CallBack = Schemas["CallBackData"];
export type Supervision = Schemas["SupervisionData"];
export type TaskDetail = Schemas["TaskDetail"];
export type Delivery = Schemas["DeliveryData"];
/** Who belongs to a unit, and its shifts. */
export type Roster = Schemas["RosterData"];
export type Candidate = Schemas["CandidateData"];
/** How a post was told of an incident by a plan. */
export type NoticeStanding = Schemas["NoticeStanding"];
export type Extension = Schemas["ExtensionData"];
export type IncidentLinkData = Schemas["LinkData"];
export type MergedIncident = Schemas["MergedData"];
export type Caller = Schemas["CallerData"];
export type UnitSuggestion = Schemas["SuggestionData"];
/** A response plan as it would go for an incident now. */
export type PlanProposal = Schemas["PlanProposal"];
export type LikelyDuplicate = Schemas["LikelyDuplicate"];
export type SystemProcess = Schemas["ProcessData"];
export type SystemStatus = Schemas["SystemData"];
export type FieldProblem = Schemas["FieldProblem"];
export type ProblemCode = Schemas["ProblemCode"];

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}
