/** Words that the pages for fingers share. */
export default {
  photo: {
    title: "Photos of the scene",
    required: "Photos of the scene (required)",
    camera: "Take photo",
    collection: "From album",
    stray: "Not on the spot",
    strayHint: "Photos from the album are marked as not taken on the spot.",
    withTime: "Photos go with their time, without a place.",
    withPlace: "Photos taken here go with their time and place.",
    remove: "Remove photo {n}",
    alt: "Photo {n}",
    unreadable: "This file is no usable photo.",
  },
};
