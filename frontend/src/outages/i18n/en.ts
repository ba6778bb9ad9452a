import type zh from "./zh-Hans";

const en: typeof zh = {
  outage: {
    wide: "No reports at all since {at}",
    wideIn: "{place}: no reports at all since {at}",
    causeName: {
      broker_down: "the bridge has no line to the broker",
      bridge_down: "the bridge is not running",
      all_silent: "the line stands, no device reports",
      site_silent: "its devices fell silent together",
    },
    missing: "events of this time may be missing",
    sites: "Places without reports: {n}",
    site: "{place} (since {at})",
    more: "and more",
    show: "Show the alarm",
    title: "Outages",
    hint: "Events of these times may be missing",
    span: "{from} to {until}",
    short: "{from}, for {lasted}",
    lasting: "since {from}, not over yet",
    none: "No outage on record.",
    within: "Reports were interrupted meanwhile: events may be missing",
  },
};
export default en;
