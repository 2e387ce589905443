// Light, sepia or dark: the system's theme, or the reader's choice. The server writes the choice on <html>, from a
// cookie, so that no page is painted in other colours first.
(() => {
  const LABELS = { auto: "Auto", light: "Light", sepia: "Sepia", dark: "Dark", black: "Black" };
  // Sepia and black are for reading and chosen in the reader; on other pages they look like light and dark.
  const NEXT = { auto: "light", light: "dark", sepia: "dark", dark: "auto", black: "auto" };
  const YEAR = 365 * 24 * 60 * 60;
  const root = document.documentElement;

  const current = () => root.dataset.colours ?? "auto";
  const apply = (colours) => {
    if (colours === "auto") {
      delete root.dataset.colours;
      delete root.dataset.bsTheme;
    } else {
      root.dataset.colours = colours;
      root.dataset.bsTheme = ["dark", "black"].includes(colours) ? "dark" : "light";
    }
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `colours=${colours}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
  };
  // In the reader, and on the page with all settings.
  document.addEventListener("change", ({ target }) => {
    if (target.name === "colours") {
      apply(target.value);
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-switch]");
    if (!button) {
      return;
    }
    const label = () => {
      button.textContent = `Theme: ${LABELS[current()]}`;
    };
    label();
    button.hidden = false;
    document.addEventListener("change", label);
    button.addEventListener("click", () => {
      const colours = NEXT[current()];
      apply(colours);
      label();
      const field = document.querySelector(`[name="colours"][value="${colours}"]`);
      if (field) {
        field.checked = true;
      }
      // A reader who is logged in gets the same theme on every device.
      if (button.dataset.address) {
        const headers = { Accept: "application/json" };
        const body = new URLSearchParams({ colours, csrfmiddlewaretoken: button.dataset.token });
        fetch(button.dataset.address, { method: "POST", headers, body, keepalive: true }).catch(() => {});
      }
    });
  });
})();
