// Contents, bookmarks and settings: Escape or a click outside closes them, and settings apply at once. Without this
// script they are plain <details> and forms.
(() => {
  const page = document.querySelector("[data-reader]");
  const tools = [...page.querySelectorAll(".reader-tool")];
  const panel = page.querySelector("[data-settings-panel]");
  const status = page.querySelector("[data-reader-status]");
  const headers = { Accept: "application/json" };
  const send = async (form) => {
    const body = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers, redirect: "manual", keepalive: true });
      return answer.ok;
    } catch {
      return false;
    }
  };

  for (const element of page.querySelectorAll("[data-without-script]")) {
    element.hidden = true;
  }

  // Which chapters lie behind the reader's place.
  const showRead = ({ chapter, percent }) => {
    for (const entry of page.querySelectorAll("[data-chapter]:is(li)")) {
      const isRead = Number(entry.dataset.chapter) < chapter || percent === 100;
      entry.querySelector("[data-read]").hidden = !isRead;
    }
  };
  const kept = page.querySelector("[data-keep-place]")?.dataset;
  showRead({ chapter: Number(kept?.chapter ?? 0), percent: Number(kept?.percent) });
  page.addEventListener("reader-place", ({ detail }) => showRead(detail));

  for (const tool of tools) {
    tool.addEventListener("toggle", () => {
      const current = tool.open && tool.querySelector("[aria-current]");
      if (current) {
        const panel = tool.querySelector(".reader-panel");
        panel.scrollTop = current.offsetTop - panel.clientHeight / 2;
      }
    });
  }
  document.addEventListener("keydown", (event) => {
    const open = tools.find((tool) => tool.open);
    if (event.key === "Escape" && open && !document.querySelector("dialog[open]")) {
      open.open = false;
      open.querySelector("summary").focus({ preventScroll: true });
    }
  });
  document.addEventListener("click", ({ target }) => {
    for (const tool of tools) {
      // A contents link to this very page would otherwise lead to text behind the panel.
      if (tool.open && (!tool.contains(target) || target.closest("nav a"))) {
        tool.open = false;
      }
    }
  });

  // The form comes when it is first asked for: a chapter itself is the same for all visitors and has no token.
  const fetchSettings = async () => {
    const answer = await fetch(panel.dataset.settingsPanel);
    const settings = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-settings]");
    settings.querySelector("[data-without-script]").hidden = true;
    const shortcuts = settings.querySelector("[data-shortcuts-open]");
    shortcuts.hidden = false;
    shortcuts.addEventListener("click", () => page.querySelector("[data-shortcuts-help]").showModal());
    settings.addEventListener("change", async ({ target }) => {
      if (target.name !== "colours") {
        page.setAttribute(`data-${target.name.replace("_", "-")}`, target.value);
      }
      page.dispatchEvent(new Event("reader-reflow"));
      if (!(await send(settings))) {
        status.textContent = "We couldn’t save that. It will be lost when you leave this page.";
      }
    });
    panel.replaceChildren(settings);
    return settings;
  };
  let fetched;
  const settings = () => {
    fetched ??= fetchSettings().catch(() => {
      // The link to the form is still there.
      fetched = undefined;
    });
    return fetched;
  };
  panel.closest("details").addEventListener("toggle", settings);
  page.addEventListener("reader-resize", async ({ detail }) => {
    const sizes = [...((await settings())?.querySelectorAll("[name=type_size]") ?? [])];
    sizes[sizes.findIndex((size) => size.checked) + detail]?.click();
  });
})();
