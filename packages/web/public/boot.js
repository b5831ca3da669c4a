// Sets theme, language and blur before the first paint, so that nothing flashes. A file of its own, for the CSP allows no inline script.
;(function () {
  var root = document.documentElement
  var saved = {}
  try {
    saved = JSON.parse(localStorage.getItem("prefs") || "{}") || {}
  } catch {
    saved = {}
  }
  var system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"
  root.dataset.theme = saved.theme === "light" || saved.theme === "dark" ? saved.theme : system
  root.lang = saved.locale || (/^(nb|nn|no)/.test(navigator.language) ? "nb-NO" : "en-NO")
  if (saved.hideAmounts) root.dataset.private = ""
})()
