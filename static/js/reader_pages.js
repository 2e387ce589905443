// The chapter in pages: turned by a tap or a click at its sides, by swiping, the wheel, keys or the buttons at the
// foot. Before the first page and after the last, the book goes on with the chapter there. The pages themselves are
// columns (static/css/reader_text.css); without this script the text is scrolled.
(() => {
  const { page, text, geometry } = reader;
  // The share of the width at either side in which a tap turns the page.
  const SIDE = 0.3;
  // In pixels: a shorter way of the finger is a tap.
  const SWIPE = 40;
  // In milliseconds: one turn of a wheel or trackpad arrives as many events.
  const WHEEL = 300;

  const foot = page.querySelector("[data-pages]");
  // Where the next page is: to the left in Hebrew, and below where lines run from top to bottom.
  const isLeftwards = "turnsLeftwards" in page.dataset;
  const end = page.querySelector(".reader-offer, .reader-finish, .reader-turn");

  const turn = (step) => {
    if (step < 0 && scrollY > 0) {
      // From the end of the chapter, which is below its last page.
      scrollTo({ top: 0, behavior: "instant" });
      return;
    }
    const before = geometry.turned();
    // The last page may begin between two others.
    const pages = before / geometry.stride();
    geometry.turnTo((step > 0 ? Math.floor(pages + 0.01) + 1 : Math.ceil(pages - 0.01) - 1) * geometry.stride());
    if (Math.abs(geometry.turned() - before) > 1) {
      return;
    }
    const chapter = page.querySelector(step > 0 ? "a[rel=next]" : "a[rel=prev]");
    if (chapter) {
      // Back to the last page of the chapter before.
      chapter.search = step > 0 ? "" : "?at=1";
      chapter.click();
    } else if (step > 0) {
      end.scrollIntoView();
    }
  };

  // The browser itself may scroll to between two pages: a search hit to the middle of the text, links and the Tab key only
  // until what they lead to is in view.
  let before = geometry.turned();
  text.addEventListener("scroll", () => {
    const turned = geometry.turned();
    const pages = turned / geometry.stride();
    const isLast = geometry.here() === 1;
    if (geometry.isPaged() && !isLast && Math.abs(pages - Math.round(pages)) > 0.01) {
      const nearest = reader.isArriving() ? Math.round : turned > before ? Math.ceil : Math.floor;
      geometry.turnTo(nearest(pages) * geometry.stride());
    }
    before = geometry.turned();
  }, { passive: true });
  // What an address names, the browser brings to the top or the middle of the window; but pages stay where they are.
  addEventListener("scroll", () => {
    if (geometry.isPaged() && scrollY > 0 && reader.isArriving()) {
      scrollTo({ top: 0, behavior: "instant" });
    }
  }, { passive: true });

  const isBusy = (target) => target.closest("a, button, [role=button], input, summary, label") || !getSelection().isCollapsed;
  text.addEventListener("click", (event) => {
    if (!geometry.isPaged() || isBusy(event.target)) {
      return;
    }
    const share = event.clientX / innerWidth;
    if (share < SIDE || share > 1 - SIDE) {
      // The bar stays as it is.
      event.stopImmediatePropagation();
      turn((share > 0.5) === isLeftwards ? -1 : 1);
    }
  }, { capture: true });

  let start = null;
  text.addEventListener("touchstart", ({ touches }) => {
    start = touches.length === 1 ? touches[0] : null;
  }, { passive: true });
  text.addEventListener("touchend", ({ changedTouches }) => {
    const x = changedTouches[0].clientX - (start?.clientX ?? Infinity);
    const y = changedTouches[0].clientY - (start?.clientY ?? Infinity);
    if (geometry.isPaged() && start && Math.abs(x) > SWIPE && Math.abs(x) > Math.abs(y) && getSelection().isCollapsed) {
      turn((x < 0) === isLeftwards ? -1 : 1);
    }
    start = null;
  }, { passive: true });

  let turned = 0;
  text.addEventListener("wheel", (event) => {
    if (!geometry.isPaged() || event.ctrlKey || event.target.closest("pre, .reader-table")) {
      return;
    }
    event.preventDefault();
    if (Date.now() - turned > WHEEL) {
      turned = Date.now();
      turn(event.deltaY + event.deltaX > 0 ? 1 : -1);
    }
  }, { passive: false });

  // What these keys do by themselves in fields and what scrolls; only the space bar does something on a button too.
  const OWN = "input, textarea, select, [contenteditable], pre, .reader-table, .reader-panel";
  const PRESSED = `${OWN}, button, [role=button], summary`;
  const KEYS = { PageDown: 1, PageUp: -1, ArrowDown: 1, ArrowUp: -1, ArrowRight: isLeftwards ? -1 : 1, ArrowLeft: isLeftwards ? 1 : -1 };
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    const another = event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]");
    const own = target.closest(key === " " ? PRESSED : OWN);
    if (!geometry.isPaged() || another || own) {
      return;
    }
    const step = key === " " ? (event.shiftKey ? -1 : 1) : KEYS[key];
    if (step) {
      turn(step);
    } else if (key === "Home" || key === "End") {
      geometry.go(key === "End" ? 1 : 0);
    } else {
      return;
    }
    event.preventDefault();
    // The arrow keys turn chapters where the text is scrolled.
    event.stopImmediatePropagation();
  }, { capture: true });

  for (const button of foot.querySelectorAll("button")) {
    button.addEventListener("click", () => turn(Number(button.dataset.step)));
  }
})();
