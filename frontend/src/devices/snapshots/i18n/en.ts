/** Snapshots of places. */
export default {
  snapshot: {
    title: "Snapshots of the place",
    closed: "Closed until somebody says why; every look is put on record.",
    size: "{kb} KB · {width}×{height}",
    look: "Look",
    lookTip: "Look at the snapshot; needs a reason",
    dialog: "Snapshot: {name}",
    meta: "{event} · {at}",
    why: "Why you look",
    reason: { verify: "Verify the alarm", dispatch: "Decide whom to send", review: "Review afterwards", other: "Other" },
    text: "In words",
    textOther: "In words (needed)",
    audited: "Who looked, when and why is put on record. The address holds for a minute, and for you alone.",
    submit: "Look",
    alt: "What {name} saw at {at}",
    broken: "The snapshot cannot be opened: its address has expired, or the file was deleted in time. You can look again.",
  },
};
