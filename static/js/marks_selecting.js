// Tools for selected text: highlight, note, copy, look up, share. They appear beside the selection for a mouse; for
// fingers at the bottom of the window, because the system's own menu is beside the selection. By keyboard, "m" goes to
// the tools of the selected text, or else selects the paragraph being read; then the arrow keys choose another one.
(() => {
  const marks = (reader.marks ??= {});
  const page = document.querySelector("[data-reader]");
  const text = page.querySelector(".reader-text");
  const bar = page.querySelector("[data-marking]");
  const form = bar.querySelector("[data-marking-form]");
  const lookUp = bar.querySelector("[data-marking-look-up]");
  const SETTLED = 250;
  const GAP = 8;
  const LONGEST_QUERY = 100;

  // What is selected: its range and where it is in the chapter.
  let selected = null;
  let isPressed = false;

  const current = () => {
    const selection = getSelection();
    if (selection.isCollapsed || !selection.rangeCount || !text.contains(selection.anchorNode)) {
      return null;
    }
    const range = selection.getRangeAt(0);
    const span = marks.spanOf(range);
    return span && { range, ...span };
  };

  // The tools may have appeared before the last touch of the handles.
  const latest = () => current() ?? selected;

  const place = () => {
    const box = selected.range.getBoundingClientRect();
    const within = (value, most) => Math.max(Math.min(value, most - GAP), GAP);
    const lowest = innerHeight - bar.offsetHeight;
    const above = box.top - GAP - bar.offsetHeight;
    const top = within(box.bottom + GAP > lowest ? above : box.bottom + GAP, lowest);
    const left = within(box.left, innerWidth - bar.offsetWidth);
    bar.style.setProperty("--top", `${top}px`);
    bar.style.setProperty("--left", `${left}px`);
  };
  const hide = () => {
    selected = null;
    if (bar.matches(":popover-open")) {
      bar.hidePopover();
    }
  };
  const show = () => {
    selected = current();
    if (!selected) {
      hide();
      return;
    }
    lookUp.search = new URLSearchParams({ q: selected.words.slice(0, LONGEST_QUERY) });
    if (!bar.matches(":popover-open")) {
      bar.showPopover();
    }
    place();
  };

  let timer = 0;
  const showSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!isPressed && !bar.contains(document.activeElement)) {
        show();
      }
    }, SETTLED);
  };
  document.addEventListener("selectionchange", showSoon);
  document.addEventListener("pointerdown", ({ pointerType }) => {
    // A finger that moves the handles of a selection sends no events of its own.
    isPressed = pointerType === "mouse";
  }, { capture: true });
  document.addEventListener("pointerup", () => {
    isPressed = false;
    showSoon();
  }, { capture: true });
  addEventListener("scroll", () => selected && place(), { passive: true, capture: true });
  // Pressing a tool must not end the selection.
  bar.addEventListener("pointerdown", (event) => event.preventDefault());
  bar.addEventListener("mousedown", (event) => event.preventDefault());

  const done = (sentence) => {
    hide();
    getSelection().removeAllRanges();
    marks.say(sentence);
  };

  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { fraction, words, before } = latest();
    const fields = new FormData(form, event.submitter);
    fields.set("fraction", fraction.toFixed(9));
    fields.set("quotation", words);
    fields.set("before", before);
    const answer = await marks.send(form.action, fields);
    if (!answer) {
      return;
    }
    done(`Highlighted in ${fields.get("colour")}.`);
    if ("markingNote" in event.submitter.dataset) {
      marks.edit(`mark-${answer.id}`);
    }
  });

  const copy = async (words, sentence) => {
    try {
      await navigator.clipboard.writeText(words);
      done(sentence);
    } catch {
      marks.say("Your browser doesn’t let us copy that.");
    }
  };
  bar.querySelector("[data-marking-copy]").addEventListener("click", () => copy(latest().words, "Copied."));

  // The address opens the chapter at these words, and says nothing about marks. Browsers that know text fragments find
  // the words themselves, in later editions too.
  const encoded = (words) => encodeURIComponent(words).replaceAll("-", "%2D");
  const linkTo = ({ words, fraction }) => {
    const pieces = words.split(/\s+/);
    const ends = words.length > LONGEST_QUERY || words.includes("\n");
    const isTwo = ends && pieces.length > 8;
    const named = isTwo ? [pieces.slice(0, 4).join(" "), pieces.slice(-4).join(" ")] : [words.slice(0, LONGEST_QUERY)];
    return `${location.origin}${location.pathname}?at=${fraction.toFixed(4)}#place:~:text=${named.map(encoded).join(",")}`;
  };
  bar.querySelector("[data-marking-share]").addEventListener("click", async () => {
    const url = linkTo(latest());
    if (navigator.share && matchMedia("(pointer: coarse)").matches) {
      // Closing the system's own window without sharing is no mistake.
      await navigator.share({ url, title: document.title }).catch(() => {});
      return;
    }
    copy(url, "The link is copied. It opens the book at these words.");
  });

  const select = (block) => {
    getSelection().selectAllChildren(block);
    block.scrollIntoView({ block: "nearest", behavior: "instant" });
    show();
  };
  const tools = () => [...bar.querySelectorAll("button, a")];
  const reading = () => marks.blocks().find((block) => block.getBoundingClientRect().bottom > 64);
  marks.choose = () => {
    if (!selected && !current()) {
      const block = reading();
      if (block) {
        select(block);
      }
    } else {
      show();
    }
    if (selected) {
      tools()[0].focus({ preventScroll: true });
    }
  };

  const step = (by) => {
    const blocks = marks.blocks();
    const next = blocks[blocks.indexOf(marks.blockOf(selected.range)) + by];
    if (next) {
      select(next);
    }
  };
  const move = (by) => {
    const all = tools();
    all.at((all.indexOf(document.activeElement) + by) % all.length).focus();
  };
  const KEYS = { ArrowRight: () => move(1), ArrowLeft: () => move(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1) };
  bar.addEventListener("keydown", (event) => {
    if (Object.hasOwn(KEYS, event.key)) {
      event.preventDefault();
      event.stopPropagation();
      KEYS[event.key]();
    }
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && selected) {
      hide();
      getSelection().removeAllRanges();
    }
  });
})();
