// Before the first paint, so that the light theme does not flash dark. The front end takes over from here.
(function () {
  try {
    var choice = JSON.parse(localStorage.getItem("lingdun.theme") || '"dark"');
    var light =
      choice === "light" ||
      (choice === "system" && !matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.theme = light ? "light" : "dark";
  } catch {
    // The default stays.
  }
})();
