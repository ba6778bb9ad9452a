import type zhHans from "./zh-Hans";

const en: typeof zhHans = {
  notice: {
    title: "Notices",
    kind: { plan: "Plan notice", ordered: "Supervision", late: "Order not kept" },
    told: "{by} confirmed the plan “{plan}”; told: {post}",
    ordered: "{by} put this incident under supervision; told: {post}",
    orderedUntil: "{by} put this incident under supervision until {at}; told: {post}",
    orderedByItself: "The stage is overdue: supervision by itself; told: {post}",
    late: "The order was to be kept by {at} and was not; told: {post}",
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
