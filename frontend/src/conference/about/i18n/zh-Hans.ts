/** 会场旁的事件、地图与告警。 */
export default {
  about: {
    panel: "事件、地图与告警",
    short: "事件",
    map: "会商所在地的地图",
    alarms: "附近未结告警（{n}）",
    noAlarms: "这里没有未结的告警。",
    nothing: "这次会商没有指明事由。地图和告警是本席辖区的。",
    hidden: "会商所涉的事件不在您的辖区或岗位之内。",
    more: "另有 {n} 条",
  },
};
