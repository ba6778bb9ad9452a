/* Small comforts of the admin pages that need no more than this. */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("input[type=number]").forEach((field) => {
    field.addEventListener("wheel", () => field.blur(), { passive: true });
  });
});
