// The words of the chapter, and ranges of the page: where a range is, and where words are. White space is left out,
// because a browser and the importer disagree about it (books/reading/marks/quotations.py searches the same way).
(() => {
  const marks = (reader.marks ??= {});
  const text = document.querySelector(".reader-text");
  // What is on the page, but not in the chapter's own text.
  const APART = "h1, rt, rp, .pilcrow, .mark-notes";
  const BLOCKS = "p, li, h2, h3, h4, h5, h6, dt, dd, pre, td, th, caption, figcaption, blockquote, div, section, article";
  const squeezed = (words) => words.replace(/\s+/g, "");

  // Pieces of text, each with the number of characters before it.
  let pieces = [];
  let whole = "";
  const read = () => {
    if (pieces.length) {
      return;
    }
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    const parts = [];
    let start = 0;
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const words = node.parentElement.closest(APART) ? "" : squeezed(node.data);
      if (words) {
        pieces.push({ node, start });
        parts.push(words);
        start += words.length;
      }
    }
    whole = parts.join("");
  };

  // The first piece that passes the test, given that all pieces after it pass too.
  const firstWhere = (test) => {
    let low = 0;
    let high = pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (test(pieces[middle])) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  };

  const offsetIn = ({ node, start }, offset) => start + squeezed(node.data.slice(0, offset)).length;

  // The pieces in the range, and the part of each that is.
  const partsOf = (range) => {
    read();
    const first = firstWhere(({ node }) => range.comparePoint(node, node.length) >= 0);
    const end = firstWhere(({ node }) => range.comparePoint(node, 0) > 0);
    return pieces.slice(first, end).map((piece) => ({
      piece,
      from: piece.node === range.startContainer ? range.startOffset : 0,
      to: piece.node === range.endContainer ? range.endOffset : piece.node.length,
    }));
  };

  // The text nodes in the range, each with the part of it that is.
  marks.textIn = (range) => partsOf(range)
    .map(({ piece, from, to }) => ({ node: piece.node, from, to }))
    .filter(({ from, to }) => to > from);

  // Where a range of the page is in the chapter, and its words, each block on a line; null without any words.
  marks.spanOf = (range) => {
    const parts = partsOf(range);
    let words = "";
    let block = null;
    for (const { piece, from, to } of parts) {
      const around = piece.node.parentElement.closest(BLOCKS);
      words += (block && around !== block ? "\n" : "") + piece.node.data.slice(from, to).replace(/\s+/g, " ");
      block = around;
    }
    words = words.replace(/ *\n */g, "\n").trim();
    if (!words) {
      return null;
    }
    const [first, last] = [parts[0], parts.at(-1)];
    const start = offsetIn(first.piece, first.from);
    const end = offsetIn(last.piece, last.to);
    return { words, start, end, fraction: start / whole.length, before: whole.slice(Math.max(start - 80, 0), start) };
  };

  // The point in the page after that many characters; `after` them rather than before the next one.
  const pointAt = (offset, after) => {
    const index = firstWhere(({ start }) => (after ? start >= offset : start > offset)) - 1;
    const { node, start } = pieces[Math.max(index, 0)];
    const words = /\S/g;
    let found = null;
    for (let count = offset - start + (after ? 0 : 1); count > 0; count -= 1) {
      found = words.exec(node.data);
    }
    return [node, found ? found.index + (after ? 1 : 0) : 0];
  };

  const nearest = (wanted, start) => {
    const after = whole.indexOf(wanted, start);
    const before = start > 0 ? whole.lastIndexOf(wanted, start) : -1;
    const isBefore = before >= 0 && (after < 0 || start - before < after - start);
    return isBefore ? before : after;
  };

  // The range of these words: right after `before`, or else as near to that share of the text as possible; or null.
  // It is as long as `all`.
  marks.find = (words, before, fraction, all = words) => {
    read();
    const wanted = squeezed(words);
    const context = squeezed(before);
    if (!wanted || !whole) {
      return null;
    }
    const near = Math.round(fraction * whole.length);
    let start = nearest(context + wanted, Math.max(near - context.length, 0));
    start = start < 0 ? nearest(wanted, near) : start + context.length;
    if (start < 0) {
      return null;
    }
    const range = document.createRange();
    range.setStart(...pointAt(start, false));
    range.setEnd(...pointAt(Math.min(start + squeezed(all).length, whole.length), true));
    return range;
  };

  // The block of text that a range begins in.
  marks.blockOf = (range) => {
    const [first] = partsOf(range);
    return first?.piece.node.parentElement.closest(BLOCKS) ?? null;
  };

  // All blocks of the chapter that hold words themselves, in order.
  marks.blocks = () => {
    read();
    return [...new Set(pieces.map(({ node }) => node.parentElement.closest(BLOCKS)))];
  };

  // The nodes have changed: read them again when they are needed.
  marks.forget = () => {
    pieces = [];
  };
})();
