/** Carries a command out and says in words when it was refused. */
import { useMessage } from "naive-ui";
import { useConference } from "../conference";
import type { SeatDeed } from "../state/deeds";
import type { Command } from "../state/types";
import { useRoomWords } from "../useRoomWords";

export function commandOf(deed: SeatDeed, seat: number): Command {
  switch (deed) {
    case "admit":
      return { type: "admit", seat };
    case "grant":
      return { type: "grant_floor", seat };
    case "revoke":
      return { type: "revoke_floor", seat };
    case "mute":
      return { type: "mute", seat };
    case "permit":
      return { type: "permit_microphone", seat };
    case "spotlight":
      return { type: "spotlight", seat };
    case "unspotlight":
      return { type: "spotlight", seat: null };
    case "bring_up":
      return { type: "bring_up", seat };
    case "send_back":
      return { type: "send_back", seat };
    case "recall":
      return { type: "recall", seat };
    case "ring":
      return { type: "ring_again", seat };
    case "remove":
      return { type: "remove", seat };
  }
}

export function useAct() {
  const conference = useConference();
  const words = useRoomWords();
  const message = useMessage();

  async function act(command: Command): Promise<boolean> {
    const outcome = await conference.act(command);
    if (!outcome.ok) message.warning(words.refusal(outcome));
    return outcome.ok;
  }

  return { act, doTo: (deed: SeatDeed, seat: number) => act(commandOf(deed, seat)) };
}
