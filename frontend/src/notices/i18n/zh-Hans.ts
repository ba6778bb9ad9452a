/** 通知：预案启动后告诉哪些岗位，谁已看到。 */
export default {
  notice: {
    title: "预案通知",
    told: "{by}启动预案“{plan}”，通知{post}",
    open: "打开事件",
    seen: "知道了",
    failed: "没有记下“已看到”。{why}",
    inCase: {
      title: "通知的岗位",
      post: "{place} · {role}",
      people: "{n} 人",
      seen: "{at} 已看到",
      waiting: "{age}未看到",
      withdrawn: "已撤销",
      onlyAbove: "途径只对上级显示",
    },
    page: { rung: "页面", waiting: "未打开", sent: "已显示", failed: "未打开", gone: "已失效" },
  },
  push: {
    title: "浏览器通知",
    turnOn: "开启浏览器通知",
    turnOff: "关闭浏览器通知",
    on: "页面关闭时，通知也会弹出。",
    off: "关闭：页面不开时收不到通知。",
    insecure: "浏览器通知需要 HTTPS",
    unsupported: "此浏览器不支持通知",
    denied: "通知被浏览器禁止，请在浏览器设置中允许",
    turnedOn: "已开启浏览器通知",
    turnedOff: "已关闭浏览器通知",
    failed: "没有开启成功。{why}",
  },
};
