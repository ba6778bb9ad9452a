/** The sockets' frames as the pages use them: the generated types, with what the server always sends as required. */
import type { AboutKind } from "./codes";
import type {
  About as SentAbout,
  AcceptFrame,
  ActFrame,
  AnswerFrame,
  BeatFrame,
  BeatingFrame,
  ConferenceView as SentView,
  DoneFrame,
  EndedFrame,
  FlowsFrame,
  IceServer,
  InvitationData,
  JoinFrame,
  LayersFrame,
  LeaveFrame,
  LineReport as SentReport,
  LinesFrame,
  MessageData,
  MessagesFrame,
  OfferFrame,
  ProblemFrame,
  QualityFrame,
  RecordingView,
  RejoinFrame,
  RollCallView,
  SeatLineData,
  SeatView as SentSeat,
  SlotData,
  SlotsFrame,
  SourceKind,
  SpeakingFrame,
  StateFrame,
  ViewFrame as SentViewFrame,
  WelcomeFrame,
} from "@generated/conference";
import type { Severity } from "@/feed/types";

export type { IceServer, SourceKind };
export type { ActName, Attendance, FloorRule, FrameProblem, GoneReason, Presence, Refusal, RejoinReason, SeatLevel, SeatRole } from "@generated/conference";

type Deep<T> = T extends readonly (infer Item)[]
  ? readonly Deep<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Deep<T[K]> }
    : T;

export type About = Readonly<{ kind: AboutKind; id: string; label: string; code: string }> & Deep<SentAbout>;
export type SeatView = Deep<SentSeat>;
export type RollCall = Deep<RollCallView>;
export type Recording = Deep<RecordingView>;
export type Message = Deep<Required<MessageData>>;
export type Slot = Deep<SlotData>;
export type ConferenceView = Omit<Deep<SentView>, "about" | "severity"> & Readonly<{ about: About; severity: Severity }>;
export type Invitation = Omit<Deep<InvitationData>, "about" | "severity"> &
  Readonly<{ about: About; severity: Severity }>;

/** How a seat's own page finds its line. */
export type SeatLine = Deep<SeatLineData>;
export type LineReport = Deep<SentReport>;

export type Welcome = Deep<Omit<Required<WelcomeFrame>, "type">>;
export type RoomState = Omit<Deep<StateFrame>, "type" | "conference"> & Readonly<{ conference: ConferenceView }>;
export type Answer = Deep<Omit<Required<AnswerFrame>, "type">>;
export type Slots = Deep<Omit<SlotsFrame, "type">>;

type Sent<Name extends string, T> = Readonly<{ type: Name }> & Deep<Omit<T, "type">>;

export type ServerFrame =
  | (Readonly<{ type: "welcome" }> & Welcome)
  | (Readonly<{ type: "state" }> & RoomState)
  | (Readonly<{ type: "answer" }> & Answer)
  | (Readonly<{ type: "slots" }> & Slots)
  | Sent<"speaking", SpeakingFrame>
  | Sent<"flows", FlowsFrame>
  | Sent<"layers", LayersFrame>
  | Sent<"messages", MessagesFrame>
  | Sent<"lines", LinesFrame>
  | Sent<"rejoin", Required<RejoinFrame>>
  | Sent<"done", DoneFrame>
  | (Readonly<{ type: "problem"; detail: string }> & Deep<Omit<ProblemFrame, "type" | "detail">>)
  | (Readonly<{ type: "ended"; to: number | null }> & Deep<Omit<EndedFrame, "type" | "to">>)
  | Sent<"heartbeat", BeatingFrame>;

export type ClientFrame = JoinFrame | OfferFrame | AcceptFrame | SentViewFrame | ActFrame | LeaveFrame | BeatFrame | QualityFrame;
export type Command = ActFrame["command"];
export type Devices = Required<NonNullable<JoinFrame["devices"]>>;
/** What the page shows, whole. */
export type View = Deep<Required<Omit<SentViewFrame, "type">>>;
export type Layout = View["layout"];

export type InvitationsFrame =
  | { readonly type: "invitations"; readonly items: readonly Invitation[] }
  | { readonly type: "heartbeat"; readonly now: string };
