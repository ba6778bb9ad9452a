/** What the patrol's page takes from the REST API: names for the generated types. */
import type { components } from "@generated/api";

export type { Position } from "@/touch/locate";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type TaskDetail = Schemas["TaskDetail"];
/** A task as this phone keeps it; its `steps` hold for the state in which it was read. */
export interface KnownTask extends TaskDetail {
  readonly readAs?: TaskState;
}
export type Task = Schemas["TaskData"];
export type TaskState = Task["state"];
export type Severity = 1 | 2 | 3 | 4;
export type Category = Schemas["CategoryData"];
export type Call = Schemas["CallData"];
export type Duty = Schemas["DutyData"];
export type Attachment = Schemas["AttachmentData"];
export type Incident = Schemas["IncidentData"];
export type Round = Schemas["RoundData"];
export type RoundPage = Schemas["Page_RoundData_"];
export type Topics = Schemas["TopicsData"];
export type Checkpoint = Schemas["CheckpointData"];

/** The steps that a member of a unit takes. */
export const STEPS = ["deliver", "acknowledge", "start", "arrive", "done", "decline"] as const;
export type Step = (typeof STEPS)[number];
