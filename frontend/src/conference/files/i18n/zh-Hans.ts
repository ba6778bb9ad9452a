/** 会场里的文件。 */
export default {
  file: {
    send: "发送图片或 PDF",
    sending: "正在发送 {name}…",
    failed: "{name} 没有发出：{why}",
    show: "打开 {name}",
    drop: "松手即发送",
    hint: "图片（JPEG、PNG、WebP）或 PDF，10 MB 以内；只有参加会商的人看得到",
    size: "{n} KB",
    chat: "文字",
    chatClose: "回到画面",
    chatEmpty: "还没有人写字。",
    chatWrite: "写几个字…",
    chatSend: "发送",
    photo: "发照片",
    unread: "{n} 条新文字",
  },
};
