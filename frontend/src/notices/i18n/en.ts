import type zhHans from "./zh-Hans";

const en: typeof zhHans = {
  notice: {
    title: "Plan notice",
    told: "{by} confirmed the plan “{plan}”; told: {post}",
    open: "Open the incident",
    seen: "Seen",
    failed: "“Seen” was not recorded. {why}",
    inCase: {
      title: "Posts told",
      post: "{place} · {role}",
      people: "({n})",
      seen: "Seen {at}",
      waiting: "Unseen for {age}",
      withdrawn: "Withdrawn",
      onlyAbove: "The ways are shown to the level above only",
    },
    page: { rung: "Page", waiting: "Not open", sent: "Shown", failed: "Not open", gone: "No longer there" },
  },
  push: {
    title: "Browser notifications",
    turnOn: "Turn browser notifications on",
    turnOff: "Turn browser notifications off",
    on: "Notices pop up even while the page is closed.",
    off: "Off: nothing arrives while the page is closed.",
    insecure: "Browser notifications need HTTPS",
    unsupported: "This browser has no notifications",
    denied: "The browser blocks notifications; allow them in its settings",
    turnedOn: "Browser notifications are on",
    turnedOff: "Browser notifications are off",
    failed: "That did not work. {why}",
  },
};
export default en;
