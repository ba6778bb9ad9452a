/** 现场快照。 */
export default {
  snapshot: {
    title: "现场快照",
    closed: "默认不打开；查看须选择事由，记入操作记录。",
    size: "{kb} KB · {width}×{height}",
    look: "查看",
    lookTip: "查看快照，须选择事由",
    dialog: "现场快照：{name}",
    meta: "{event} · {at}",
    why: "为什么查看",
    reason: { verify: "核实告警", dispatch: "派遣参考", review: "事后复盘", other: "其他" },
    text: "说明",
    textOther: "说明（必填）",
    audited: "谁、何时、为什么查看，记入操作记录。地址一分钟内有效，只限本人。",
    submit: "查看",
    alt: "{name} {at} 的现场画面",
    broken: "快照打不开：地址已过期，或文件已按期删除。可再次查看。",
  },
};
