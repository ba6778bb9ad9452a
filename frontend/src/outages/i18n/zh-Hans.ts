/** 上报中断。 */
export default {
  outage: {
    wide: "自 {at} 起没有任何上报",
    wideIn: "{place} 自 {at} 起没有任何上报",
    causeName: {
      broker_down: "网关连不上消息服务器",
      bridge_down: "接入网关没有运行",
      all_silent: "线路正常，但没有设备上报",
      site_silent: "该处设备同时失联",
    },
    missing: "此间事件可能缺失",
    sites: "{n} 处没有上报",
    site: "{place}（自 {at}）",
    more: "等",
    show: "查看告警",
    title: "上报中断",
    hint: "以下时段的事件可能缺失",
    span: "{from} 至 {until}",
    short: "{from}，历时 {lasted}",
    lasting: "{from} 起，尚未恢复",
    none: "没有记录到上报中断。",
    within: "告警期间上报曾中断，事件可能缺失",
  },
};
