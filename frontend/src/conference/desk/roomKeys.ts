/** Which key does what in a room: capitals, so that the console's own keys stay as they are. */
export const ROOM_KEYS = {
  microphone: "Shift+m",
  camera: "Shift+v",
  hand: "Shift+h",
  share: "Shift+s",
  rollCall: "Shift+r",
  invite: "Shift+i",
  guests: "Shift+t",
  divide: "Shift+g",
  announce: "Shift+b",
  admit: "Shift+y",
  refuse: "Shift+n",
  people: "Shift+p",
  chat: "Shift+c",
  about: "Shift+a",
  decisions: "Shift+d",
  record: "Shift+e",
  layout: "Shift+l",
  centre: "Shift+z",
  wall: "Shift+w",
  leave: "Shift+q",
} as const;
export type RoomDeed = keyof typeof ROOM_KEYS;
