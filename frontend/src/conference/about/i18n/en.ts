/** The incident, map and alarms beside the room. */
import type zhHans from "./zh-Hans";

const en: typeof zhHans = {
  about: {
    panel: "Incident, map and alarms",
    short: "Incident",
    map: "Map of the place that the conference is about",
    alarms: "Open alarms there ({n})",
    noAlarms: "No alarm is open there.",
    nothing: "The conference is about nothing in particular. Map and alarms are those of your jurisdiction.",
    hidden: "What the conference is about lies outside your jurisdiction or posts.",
    more: "{n} more",
  },
};

export default en;
