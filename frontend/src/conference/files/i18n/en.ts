/** Files in the room. */
import type zhHans from "./zh-Hans";

const en: typeof zhHans = {
  file: {
    send: "Send a picture or a PDF",
    sending: "Sending {name}…",
    failed: "{name} was not sent: {why}",
    show: "Open {name}",
    drop: "Let go to send",
    hint: "A picture (JPEG, PNG, WebP) or a PDF of at most 10 MB; only those in the conference can see it",
    size: "{n} KB",
    chat: "Text",
    chatClose: "Back to the picture",
    chatEmpty: "Nobody has written yet.",
    chatWrite: "Write something…",
    chatSend: "Send",
    photo: "Send a photo",
    unread: "new texts: {n}",
  },
};

export default en;
