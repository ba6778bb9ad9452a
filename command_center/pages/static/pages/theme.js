// Before the first paint, so that the light theme does not flash dark. The front end takes over from here.
(function () {
  try {
    var root = document.documentElement;
    var stored = localStorage.getItem("lingdun.theme");
    var choice = stored ? JSON.parse(stored) : root.dataset.themeDefault || "dark";
    var light =
      choice === "light" ||
      (choice === "system" && !matchMedia("(prefers-color-scheme: dark)").matches);
    root.dataset.theme = light ? "light" : "dark";
  } catch {
    // The default stays.
  }
})();
