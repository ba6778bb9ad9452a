/** Words that the pages for fingers share. */
export default {
  photo: {
    title: "Photos of the scene",
    required: "Photos of the scene (required)",
    add: "Take or choose",
    remove: "Remove photo {n}",
    alt: "Photo {n}",
    unreadable: "This file is no usable photo.",
  },
};
