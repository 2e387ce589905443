// Light or dark: as the system has it, or as the reader chose. Loaded in <head>, before the page is painted.
(() => {
  const KEY = "theme";
  const LABELS = { auto: "Colours: as the system", light: "Colours: light", dark: "Colours: dark" };
  const CHOICES = Object.keys(LABELS);
  const root = document.documentElement;

  // Private windows may refuse storage; the choice then lasts as long as the page.
  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const store = (choice) => {
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      return;
    }
  };
  const apply = (choice) => {
    if (choice === "auto") {
      root.removeAttribute("data-bs-theme");
    } else {
      root.setAttribute("data-bs-theme", choice);
    }
  };

  let current = CHOICES.includes(stored()) ? stored() : "auto";
  apply(current);

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-switch]");
    if (!button) {
      return;
    }
    button.textContent = LABELS[current];
    button.hidden = false;
    button.addEventListener("click", () => {
      current = CHOICES[(CHOICES.indexOf(current) + 1) % CHOICES.length];
      apply(current);
      store(current);
      button.textContent = LABELS[current];
    });
  });
})();
