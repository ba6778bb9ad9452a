/** What a step wants to be told, and where it is kept until it is. */

export const SAYINGS = ["done", "decline"] as const;
export type Saying = (typeof SAYINGS)[number];

export interface SaidDraft {
  readonly text: string;
  readonly open: boolean;
}

export const draftName = (task: number, what: Saying): string => `task/${String(task)}/${what}`;
