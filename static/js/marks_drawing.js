// Draws the marks of this chapter, as its list has them: highlights in the text, and for each note a button beside its
// paragraph. The page's own text stays as it is; only a browser without the Highlight API gets elements around it.
(() => {
  const marks = (reader.marks ??= {});
  const text = document.querySelector(".reader-text");
  const COLOURS = ["yellow", "green", "blue", "pink"];
  const GAP = 8;
  const canPaint = "highlights" in CSS;

  // The ranges of the highlights, by the ids of their marks.
  const drawn = new Map();

  const paint = () => {
    for (const colour of COLOURS) {
      const ranges = [...drawn.values()].filter((each) => each.colour === colour).map((each) => each.range);
      CSS.highlights.set(`mark-${colour}`, new Highlight(...ranges));
    }
  };

  const unwrap = () => {
    for (const element of text.querySelectorAll("mark[data-wrapped]")) {
      element.replaceWith(...element.childNodes);
    }
    text.normalize();
    marks.forget();
  };
  const wrap = (range, colour) => {
    for (const { node, from, to } of range ? marks.textIn(range) : []) {
      const part = document.createRange();
      part.setStart(node, from);
      part.setEnd(node, to);
      const element = document.createElement("mark");
      element.className = `marked-${colour}`;
      element.dataset.wrapped = "";
      part.surroundContents(element);
    }
    marks.forget();
  };

  const button = (item, note) => {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "mark-note";
    element.dataset.opens = item.id;
    // Drawn by the stylesheet where there is room for it, so that it does not become part of the chapter's text.
    element.dataset.note = note;
    element.setAttribute("aria-label", `Note: ${note}`);
    return element;
  };
  const showNote = (item, range) => {
    const note = item.querySelector("[data-note-words]")?.textContent.trim();
    const block = note && marks.blockOf(range);
    if (!block) {
      return;
    }
    let notes = block.querySelector(":scope > .mark-notes");
    if (!notes) {
      notes = document.createElement("span");
      notes.className = "mark-notes";
      notes.lang = "";
      block.prepend(notes);
    }
    notes.append(button(item, note));
  };

  // Beside the text, notes of short paragraphs would lie on each other: each begins below the last one.
  const spread = () => {
    const all = [...text.querySelectorAll(".mark-notes")];
    for (const notes of all) {
      notes.style.removeProperty("--down");
    }
    if (!all.length || getComputedStyle(all[0]).position !== "absolute") {
      return;
    }
    let end = -Infinity;
    for (const [notes, { top, height }] of all.map((notes) => [notes, notes.getBoundingClientRect()])) {
      const down = Math.max(end - top, 0);
      notes.style.setProperty("--down", `${down}px`);
      end = top + down + height + GAP;
    }
  };

  const rangeFor = (item) => {
    const { before, begins, fraction } = item.dataset;
    const words = item.querySelector("[data-words]")?.textContent ?? "";
    const exact = marks.find(words, before, Number(fraction));
    // A new edition may have other words in between: then it begins as it did, and is as long as it was.
    return exact ?? marks.find(begins, before, Number(fraction), words);
  };

  marks.draw = () => {
    drawn.clear();
    for (const notes of text.querySelectorAll(".mark-notes")) {
      notes.remove();
    }
    const items = [...document.querySelectorAll('[data-marks] [data-mark="here"]:not([hidden])')];
    if (!canPaint) {
      // Edges divide the texts that elements are put around.
      marks.sayEdges([]);
      unwrap();
      items.filter((item) => item.dataset.colour).forEach((item) => wrap(rangeFor(item), item.dataset.colour));
    }
    for (const item of items) {
      const range = rangeFor(item);
      if (!range) {
        continue;
      }
      showNote(item, range);
      if (item.dataset.colour) {
        const hasNote = Boolean(item.querySelector("[data-note-words]"));
        drawn.set(item.id, { range, colour: item.dataset.colour, hasNote });
      }
    }
    if (canPaint) {
      paint();
    }
    marks.sayEdges([...drawn.values()]);
    spread();
  };

  const covers = (range, x, y) =>
    [...range.getClientRects()].some((box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom);

  // The id of the mark at this point of the window: where several overlap, the shortest; null where there is none.
  marks.at = (x, y) => {
    const found = [...drawn].filter(([, { range }]) => covers(range, x, y));
    found.sort(([, one], [, other]) => one.range.toString().length - other.range.toString().length);
    return found[0]?.[0] ?? null;
  };

  marks.draw();
  new ResizeObserver(spread).observe(text);
})();
