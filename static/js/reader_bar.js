// The bar hides while the reader moves on in the text. It comes back when they move back, tap, press a key, or when
// the focus enters it. Without this script it stays at the top of the page.
(() => {
  const page = document.querySelector("[data-reader]");
  const text = page.querySelector(".reader-text");
  const bar = page.querySelector("[data-reader-bar]");
  // A trembling finger is no direction.
  const NOTICEABLE = 8;

  // The text itself scrolls where lines run from top to bottom.
  const scrolled = () => Math.abs(scrollY) + Math.abs(text.scrollLeft);
  const show = () => {
    delete page.dataset.bar;
  };
  const hide = () => {
    if (!bar.querySelector("[open]") && !bar.contains(document.activeElement)) {
      page.dataset.bar = "away";
    }
  };

  let before = scrolled();
  addEventListener("scroll", ({ target }) => {
    if (target !== document && target !== text) {
      return;
    }
    const moved = scrolled() - before;
    if (Math.abs(moved) < NOTICEABLE) {
      return;
    }
    before += moved;
    if (moved > 0 && before > bar.offsetHeight) {
      hide();
    } else {
      show();
    }
  }, { passive: true, capture: true });

  const FORWARD = ["ArrowDown", "PageDown", "End", " "];
  document.addEventListener("keydown", ({ key }) => {
    if (!FORWARD.includes(key)) {
      show();
    }
  });
  document.addEventListener("focusin", ({ target }) => bar.contains(target) && show());
  text.addEventListener("click", ({ target }) => {
    const meant = target.closest("a, button, [role=button], input, summary, label, pre, table");
    if (meant || !getSelection().isCollapsed) {
      return;
    }
    if (page.dataset.bar) {
      show();
    } else if (scrolled() > bar.offsetHeight) {
      hide();
    }
  });
})();
