/** The guest's page: one conference, by invitation, without an account. */
import type zhHans from "./zh-Hans";

const words: typeof zhHans = {
  title: "Lingdun conference",
  reading: "Opening the invitation…",
  invited: "You are invited to a conference",
  by: "Invited by",
  as: "You are called",
  privacy: "Beside the name of this seat nothing about you is recorded.",
  oneBrowser: "Once you come in, the link works in this browser only.",
  lobby: "You wait at the door first, until the chair admits you.",
  start: "Check and enter",
  again: "Back to the conference",
  problem: {
    none: "No invitation",
    noneHint: "Open the whole link that the chair sent you.",
    unknown: "The link is not valid",
    unknownHint: "Check that it is complete, or ask the chair for another.",
    used: "The link has been used",
    usedHint: "It was opened in another browser. Go back to that one, or ask the chair for another link.",
    expired: "The link has expired",
    expiredHint: "Ask the chair for another.",
    revoked: "The link was revoked",
    revokedHint: "Speak to the chair if you are to take part.",
    over: "The conference is over",
    overHint: "The link is no longer valid.",
    unreachable: "The server does not answer",
    unreachableHint: "Check the network, then try again.",
  },
};

export default words;
