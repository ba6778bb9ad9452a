/** 触屏页面共用的用语。 */
export default {
  photo: {
    title: "现场照片",
    required: "现场照片（必需）",
    add: "拍照或选取",
    remove: "移除第 {n} 张照片",
    alt: "照片 {n}",
    unreadable: "这个文件不是可用的照片。",
  },
};
