/** What the buttons of the room's bar do, with their keys: capitals, so that the console's own keys stay as they are. */
import { computed } from "vue";
import { useKeys } from "@/keyboard/useKeys";
import { canShareScreen } from "../media/devices";
import { useConference } from "../conference";
import { ROOM_KEYS, type RoomDeed } from "./roomKeys";
import { useDesk } from "./store";
import { useAct } from "./useAct";

export function useRoomKeys(askLeave: () => void) {
  const conference = useConference();
  const desk = useDesk();
  const { act } = useAct();
  const may = computed(() => new Set(conference.room.state?.may ?? []));

  /** Who has waited longest is answered. */
  function answerKnock(type: "admit" | "remove"): void {
    const seat = conference.knocking[0]?.number;
    if (seat !== undefined) void act({ type, seat });
  }

  const deeds: Readonly<Record<RoomDeed, () => void>> = {
    microphone() {
      const { microphone } = conference;
      if (microphone === "on" || microphone === "off") void act({ type: "microphone", on: microphone === "off" });
      else if (microphone !== "missing") deeds.hand();
    },
    camera: () => void conference.setCamera(conference.media.camera === null),
    hand: () => void act({ type: "hand", up: (conference.seat?.hand_at ?? null) === null }),
    share() {
      if (conference.sharing) conference.unshare();
      else void conference.share(conference.unshare);
    },
    rollCall() {
      desk.panel = "people";
      const state = conference.room.state;
      const call = state?.conference.roll_call ?? null;
      if (conference.part === "asked") void act({ type: "answer_roll_call" });
      else if (may.value.has("roll_call") && call === null) void act({ type: "start_roll_call" });
    },
    invite() {
      desk.inviting = true;
    },
    guests() {
      desk.guests = true;
    },
    divide() {
      const open = (conference.room.state?.conference.sub_rooms ?? []).some(({ code }) => conference.room.state?.divides.includes(code));
      desk.panel = "people";
      void act({ type: open ? "close_sub_room" : "open_sub_room", code: null });
    },
    announce: () => void act({ type: "announce", on: (conference.room.state?.conference.announcing ?? null) !== conference.room.state?.you }),
    admit: () => { answerKnock("admit"); },
    refuse: () => { answerKnock("remove"); },
    people: () => { desk.togglePanel("people"); },
    chat: () => { desk.togglePanel("chat"); },
    about: () => { desk.togglePanel("about"); },
    decisions: () => { desk.togglePanel("decisions"); },
    record() {
      const recording = conference.room.state?.conference.recording ?? null;
      void act({ type: recording === null ? "start_recording" : "stop_recording" });
    },
    layout: () => { desk.nextLayout(); },
    centre: () => { desk.toggleSize("centre"); },
    wall: () => { desk.toggleSize("wall"); },
    leave: askLeave,
  };

  const possible: Readonly<Record<RoomDeed, () => boolean>> = {
    microphone: () => conference.inside,
    camera: () => conference.inside,
    hand: () => conference.inside && conference.room.state?.role === "participant",
    share: () => conference.inside && canShareScreen(),
    rollCall: () => conference.part === "asked" || (may.value.has("roll_call") && conference.room.state?.conference.roll_call === null),
    invite: () => may.value.has("invite"),
    guests: () => conference.inside && conference.room.state?.role === "chair",
    divide: () => conference.inside && (conference.room.state?.divides.length ?? 0) > 0,
    announce: () => may.value.has("announce") && (conference.room.state?.conference.sub_rooms.length ?? 0) > 0,
    admit: () => conference.knocking.length > 0,
    refuse: () => conference.knocking.length > 0,
    people: () => true,
    chat: () => conference.inside,
    about: () => conference.inside,
    decisions: () => conference.inside,
    record: () => conference.inside && may.value.has("record"),
    layout: () => true,
    centre: () => true,
    wall: () => true,
    leave: () => true,
  };

  useKeys(
    (Object.keys(ROOM_KEYS) as RoomDeed[]).map((deed) => ({
      keys: [ROOM_KEYS[deed]],
      label: `keys.room.${deed}`,
      group: "room" as const,
      when: () => !desk.hasDialog && possible[deed](),
      run: () => { deeds[deed](); },
    })),
  );
  return { deeds, possible };
}
