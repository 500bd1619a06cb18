// Runs in <head>, before the first paint: says that scripts run, and applies the theme the reader chose.
// Without a choice the style sheet follows the system by itself. Kept apart from app.js because modules run late.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.bsTheme = theme;
  } catch {
    // storage is forbidden: the system's theme stays
  }
})();
