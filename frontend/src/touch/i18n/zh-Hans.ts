/** 触屏页面共用的用语。 */
export default {
  photo: {
    title: "现场照片",
    required: "现场照片（必需）",
    camera: "拍照",
    collection: "从相册选",
    stray: "非现场",
    strayHint: "从相册选的照片会注明“非现场拍摄”。",
    withTime: "照片附拍摄时间，不附地点。",
    withPlace: "现场拍的照片附时间和地点。",
    remove: "移除第 {n} 张照片",
    alt: "照片 {n}",
    unreadable: "这个文件不是可用的照片。",
  },
};
