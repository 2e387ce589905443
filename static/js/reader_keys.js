// Keyboard shortcuts, unless the reader has switched them off; "?" lists them. They never act while the reader is
// typing, nor with a modifier key that the browser or a screen reader may need.
(() => {
  const page = document.querySelector("[data-reader]");
  const help = page.querySelector("[data-shortcuts-help]");
  const next = page.querySelector("[rel=next]");
  const previous = page.querySelector("[rel=prev]");
  const isLeftwards = "turnsLeftwards" in page.dataset;

  const toggle = (name) => {
    const tool = page.querySelector(`[data-tool="${name}"]`);
    if (!tool) {
      return;
    }
    tool.open = !tool.open;
    tool.querySelector("summary").focus({ preventScroll: true });
  };
  const resize = (step) => page.dispatchEvent(new CustomEvent("reader-resize", { detail: step }));
  const ACTIONS = {
    j: () => next?.click(),
    k: () => previous?.click(),
    ArrowRight: () => (isLeftwards ? previous : next)?.click(),
    ArrowLeft: () => (isLeftwards ? next : previous)?.click(),
    t: () => toggle("contents"),
    b: () => toggle("bookmarks"),
    m: () => reader.marks.choose(),
    s: () => toggle("search"),
    "/": () => toggle("search"),
    "+": () => resize(1),
    "-": () => resize(-1),
    "?": () => help.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    const typing = target.closest("input, textarea, select, [contenteditable]");
    const another = event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing;
    // In these, the arrow keys scroll.
    const scrolling = key.startsWith("Arrow") && target.closest("pre, .reader-table, .reader-text[tabindex], .reader-tool[open]");
    const off = page.dataset.shortcuts === "off" || document.querySelector("dialog[open]");
    if (typing || another || scrolling || off || !Object.hasOwn(ACTIONS, key)) {
      return;
    }
    event.preventDefault();
    ACTIONS[key]();
  });
})();
