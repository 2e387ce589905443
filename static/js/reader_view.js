// What is in view: opens the chapter at the place that the address names, stays at the same words when the text breaks
// differently, says how far into the book they are, and fills them into forms.
(() => {
  const { page, text, geometry } = reader;
  const progress = page.querySelector(".reader-progress");
  const SAME = 0.0005;
  // Browsers look for the words of a search hit until half a second after the page is there, in milliseconds.
  const ARRIVED = 1000;

  let shown = 0;
  let isReflowing = false;
  const look = () => {
    // After a reflow the words are somewhere on the page that is in view, and still the ones to stay at.
    shown = isReflowing ? shown : geometry.here();
    const { start, end } = progress.dataset;
    const share = Number(start) + (end - start) * shown;
    progress.querySelector("[data-percent]").textContent = reader.percentage(Math.floor(share * 100 + 1e-6));
  };
  const fill = (form) => {
    const field = form.querySelector("[data-fraction]");
    if (field) {
      field.value = shown.toFixed(6);
    }
  };
  const named = (hash) => {
    try {
      return document.getElementById(decodeURIComponent(hash.slice(1)));
    } catch {
      return null;
    }
  };

  const address = new URL(location);
  const asked = Number(address.searchParams.get("at"));
  let touched = false;
  const open = () => {
    if (asked > 0) {
      geometry.go(asked);
    } else if (named(address.hash)) {
      // The browser scrolls there too, but later, and that must not count as reading.
      geometry.show(named(address.hash));
    }
    look();
  };
  open();
  addEventListener("hashchange", () => geometry.isPaged() && named(location.hash) && geometry.show(named(location.hash)));
  // `asked`: the share or the link that the address names, if any.
  reader.opened = { fraction: shown, asked: asked || (address.hash !== "#place" && address.hash) };
  // Pictures and fonts may still move the text, and the browser itself scrolls to #place.
  addEventListener("load", () => {
    if (!touched && Math.abs(geometry.here() - shown) > SAME) {
      open();
    }
  });
  // Only now the text of a long chapter is where it stays (reader_long.js). What the browser found by itself is in view.
  page.addEventListener("reader-laid-out", () => {
    if (touched || !(asked > 0 || named(address.hash))) {
      reflow();
    } else {
      open();
    }
  });
  if (asked > 0) {
    // Without the parameter, reloading the page keeps what the reader has reached since.
    history.replaceState(history.state, "", address.pathname);
  }
  let isArriving = true;
  let timer = 0;
  const arrive = () => {
    isArriving = true;
    clearTimeout(timer);
    timer = setTimeout(() => {
      isArriving = false;
    }, ARRIVED);
  };
  addEventListener("load", () => !touched && arrive());
  for (const touch of ["wheel", "touchstart", "keydown", "pointerdown"]) {
    addEventListener(touch, () => {
      touched = true;
      isArriving = false;
    }, { passive: true, capture: true });
  }
  // Another search hit in this chapter.
  page.addEventListener("click", ({ target }) => target.closest("a")?.href.includes(":~:text=") && arrive());

  let drawn = true;
  addEventListener("scroll", ({ target }) => {
    if ((target !== document && target !== text) || !drawn) {
      return;
    }
    drawn = false;
    requestAnimationFrame(() => {
      drawn = true;
      look();
      page.dispatchEvent(new Event("reader-moved"));
    });
  }, { passive: true, capture: true });

  // A change of type, or of the window's width, moves the text: stay at the same words.
  const reflow = () => {
    isReflowing = true;
    geometry.go(shown);
    // Scroll events arrive before the next frame is drawn.
    requestAnimationFrame(() => requestAnimationFrame(() => {
      isReflowing = false;
    }));
  };
  page.addEventListener("reader-reflow", () => {
    if (geometry.isPaged()) {
      // Pages do not move up or down: what is left of a scrolled text would hide the first lines.
      scrollTo({ top: 0, behavior: "instant" });
    }
    reflow();
  });
  document.fonts.addEventListener("loadingdone", reflow);
  let size = `${innerWidth}`;
  addEventListener("resize", () => {
    // On phones the height changes with the browser's own bars.
    const now = geometry.isPaged() ? `${innerWidth} ${innerHeight}` : `${innerWidth}`;
    if (now !== size) {
      size = now;
      reflow();
    }
  });

  if (geometry.isVertical) {
    // Turning the wheel down moves the text on to the left; at its end the page scrolls.
    text.addEventListener("wheel", (event) => {
      // Ctrl and the wheel zoom.
      if (event.ctrlKey || geometry.isPaged()) {
        return;
      }
      const before = text.scrollLeft;
      text.scrollLeft -= event.deltaY;
      if (text.scrollLeft !== before) {
        event.preventDefault();
      }
    });
  }
  document.addEventListener("submit", ({ target }) => fill(target), { capture: true });
  // What is at the top, as a share of the chapter; `look` measures it before the next frame does.
  reader.here = () => shown;
  reader.look = look;
  // Whether what moves the text now may be the browser: it scrolls to the words of a search hit by itself.
  reader.isArriving = () => isArriving;
})();
