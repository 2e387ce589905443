// The reader's place in the chapter: restored when the page opens, saved to the account during reading, and filled
// into forms. It is the fraction of the chapter's characters before it (books/models/reading.py), which is the same on
// every screen.
(() => {
  const page = document.querySelector("[data-reader]");
  const text = page.querySelector(".reader-text");
  const bar = page.querySelector("[data-reader-bar]");
  const keep = page.querySelector("[data-keep-place]");
  const progress = page.querySelector(".reader-progress");
  const SAVE_AFTER = 1000;
  const NOTICEABLE = 0.0005;

  // Pieces of text, each with the number of characters before it, counted as the server counts them.
  const pieces = [];
  let length = 0;
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.data.trim() && !node.parentElement.closest("h1, rt, rp, .pilcrow")) {
      pieces.push({ node, start: length });
      length += node.data.replace(/\s+/g, " ").length;
    }
  }

  // In vertical writing, lines are columns that run from right to left, in a box that scrolls on its own.
  const vertical = getComputedStyle(text).writingMode === "vertical-rl";
  const range = document.createRange();
  // How far beyond the line being read a piece begins, and how far it extends.
  const box = (piece) => {
    range.selectNodeContents(piece.node);
    const { top, right, width, height } = range.getBoundingClientRect();
    return vertical
      ? { begins: text.getBoundingClientRect().right - right, extent: width }
      : { begins: top - line(), extent: height };
  };
  const size = (index) => (pieces[index + 1]?.start ?? length) - pieces[index].start;
  // The line being read is right below the bar.
  const line = () => bar.offsetHeight + 8;
  // The last piece that passes the test, given that all pieces before it pass too.
  const lastWhere = (test) => {
    let low = 0;
    let high = pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (test(pieces[middle])) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return Math.max(low - 1, 0);
  };

  const here = () => {
    const seen = text.getBoundingClientRect();
    const left = vertical ? text.scrollWidth - text.clientWidth + text.scrollLeft : seen.bottom - innerHeight;
    // Each of the three values is rounded, so a pixel or two may remain.
    if (left < 2) {
      return 1;
    }
    if (!pieces.length) {
      return 0;
    }
    const index = lastWhere((piece) => box(piece).begins <= 0);
    const { begins, extent } = box(pieces[index]);
    const part = Math.min(Math.max(-begins / (extent || 1), 0), 1);
    return (pieces[index].start + part * size(index)) / length;
  };

  const goTo = (fraction) => {
    if (vertical) {
      text.scrollIntoView({ behavior: "instant" });
      text.scrollLeft = 0;
    }
    if (fraction >= 1 || !pieces.length) {
      text.scrollIntoView({ block: fraction >= 1 ? "end" : "start", behavior: "instant" });
      text.scrollLeft = fraction >= 1 ? -text.scrollWidth : 0;
      return;
    }
    const wanted = fraction * length;
    const index = lastWhere((piece) => piece.start <= wanted);
    const { begins, extent } = box(pieces[index]);
    const distance = begins + ((wanted - pieces[index].start) / size(index)) * extent;
    if (vertical) {
      text.scrollBy({ left: -distance, behavior: "instant" });
    } else {
      scrollBy({ top: distance, behavior: "instant" });
    }
  };

  let place = 0;
  let saved = 0;
  let timer = 0;

  const show = () => {
    const { start, end } = progress.dataset;
    const share = Number(start) + (end - start) * place;
    progress.querySelector("[data-percent]").textContent = Math.floor(share * 100 + 1e-6);
  };
  const settle = () => {
    place = saved = here();
    show();
  };
  const fill = (form) => {
    const field = form.querySelector("[data-fraction]");
    if (field) {
      field.value = place.toFixed(6);
    }
  };

  const save = async () => {
    clearTimeout(timer);
    timer = 0;
    saved = place;
    fill(keep);
    const body = new URLSearchParams(new FormData(keep));
    const headers = { Accept: "application/json" };
    let kept = false;
    try {
      // A reader who is no longer logged in is redirected, and nothing is saved.
      const response = await fetch(keep.action, {
        method: "POST", body, headers, keepalive: true, redirect: "manual",
      });
      kept = response.ok;
    } catch {
      kept = false;
    }
    keep.hidden = kept;
    if (!kept) {
      keep.removeAttribute("data-without-script");
      keep.querySelector("button").textContent = "Your place isn’t saved. Try again";
      page.querySelector("[data-reader-status]").textContent = "Your place isn’t saved.";
    }
  };
  const saveSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_AFTER);
  };
  const saveNow = () => {
    if (timer) {
      save();
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
  if (asked > 0) {
    goTo(asked);
    // Images and fonts may still move the text, and the browser itself scrolls to #place.
    addEventListener("load", () => {
      if (Math.abs(here() - saved) > NOTICEABLE && !timer) {
        goTo(asked);
        settle();
      }
    });
    // Without the parameter, reloading the page keeps the place the reader has reached since.
    history.replaceState(history.state, "", address.pathname);
  } else if (address.hash) {
    // The browser scrolls there too, but later, and that scroll must not count as reading.
    named(address.hash)?.scrollIntoView({ behavior: "instant" });
  }
  settle();

  let drawn = true;
  addEventListener("scroll", ({ target }) => {
    if (target !== document && target !== text) {
      return;
    }
    if (!drawn) {
      return;
    }
    drawn = false;
    requestAnimationFrame(() => {
      drawn = true;
      place = here();
      show();
      if (keep && Math.abs(place - saved) > NOTICEABLE) {
        saveSoon();
      }
    });
  }, { passive: true, capture: true });
  if (vertical) {
    // Turning the wheel down moves the text on to the left; at its end the page scrolls.
    text.addEventListener("wheel", (event) => {
      // Ctrl and the wheel zoom.
      if (event.ctrlKey) {
        return;
      }
      const before = text.scrollLeft;
      text.scrollLeft -= event.deltaY;
      if (text.scrollLeft !== before) {
        event.preventDefault();
      }
    });
  }
  // A change of type size moves the text: keep the reader at the same words.
  page.addEventListener("reader-reflow", () => {
    goTo(place);
  });
  document.addEventListener("submit", ({ target }) => fill(target), { capture: true });

  if (keep) {
    // Opening a chapter sets the reader's place; coming back to a tab, following a link to look something up, or
    // reopening the chapter where they left off does not.
    const opened = performance.getEntriesByType("navigation")[0]?.type === "navigate";
    if (opened && !address.hash && !keep.dataset.keepPlace) {
      save();
    }
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") {
        saveNow();
      }
    });
    addEventListener("pagehide", saveNow);
  }
})();
