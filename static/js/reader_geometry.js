// Where the words of the chapter are: from a share of its characters, or an offset, to a place on the screen and back.
// Other scripts of the reader use it as `reader.geometry`:
//
//   here()            the share of the characters before the first line in view, from 0 to 1; 1 if the end is in view
//   go(fraction)      brings that place to the top; never animated
//   show(element)     brings an element to the top, or its page into view
//   screens(from, to) how many screens of text are between two fractions, negative if `to` is further back
//   length            characters in the chapter, counted about as the server counts them in Chapter.plain_text
//   read()            reads the text again, after its nodes have changed but not its words
//   offsetOf(node, i) characters before index `i` of a text node
//   rangeOf(a, b)     the DOM range between two offsets
//   stride(), turned(), turnTo(pixels)   from one page to the next, and where the pages are, if there are pages
//
// Events on reader.page: "reader-moved" after the text has moved in view; dispatch "reader-reflow" after a change
// that makes it break differently, and the words that were at the top come back there. "reader-laid-out" when all of a long
// chapter has its place.
globalThis.reader = {
  page: document.querySelector("[data-reader]"),
  text: document.querySelector(".reader-text"),
  // A number from 0 to 100 as the shop writes percentages: the page says how it writes 0.
  percentage: (number) => reader.page.dataset.percentage.replace("0", number),
};

reader.geometry = (() => {
  const { page, text } = reader;
  const bar = page.querySelector("[data-reader-bar]");
  const isVertical = getComputedStyle(text).writingMode === "vertical-rl";
  const isLeftwards = getComputedStyle(text).direction === "rtl";
  const isPaged = () => page.dataset.layout === "paged";
  // Each of several values is rounded to a pixel.
  const ROUNDED = 2;

  // Pieces of text, each with the number of characters before it. White space between two words counts as one.
  let pieces = [];
  let length = 0;
  const folded = (data) => data.replace(/\s+/g, " ");
  const counted = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      return NodeFilter.FILTER_ACCEPT;
    }
    // The title above the chapter, how words are pronounced, and signs of ours are not in the plain text.
    return node.matches("h1, rt, rp, .pilcrow") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
  };
  // The edges of highlights divide texts: read them again after that, and as many characters are counted as before.
  const read = () => {
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, counted);
    [pieces, length] = [[], 0];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (/\S/.test(node.data)) {
        pieces.push({ node, start: length });
        length += folded(node.data).length;
      } else if (node.data && node.previousSibling?.className === "mark-edge") {
        length += 1;
      }
    }
  };
  read();

  // The index in a text at which so many characters are before it, white space folded.
  const unfolded = (data, characters) => {
    let seen = 0;
    for (let index = 0; index < data.length; index += 1) {
      if (seen >= characters) {
        return index;
      }
      seen += /\s/.test(data[index]) && /\s/.test(data[index + 1] ?? "") ? 0 : 1;
    }
    return data.length;
  };
  // The first of `count` numbers from 0 on for which the test fails, given that it holds for all before.
  const firstNot = (count, test) => {
    let [low, high] = [0, count];
    while (low < high) {
      const middle = (low + high) >> 1;
      [low, high] = test(middle) ? [middle + 1, high] : [low, middle];
    }
    return low;
  };

  const pointAt = (offset) => {
    const index = Math.max(firstNot(pieces.length, (each) => pieces[each].start <= offset) - 1, 0);
    const { node, start } = pieces[index];
    return { node, index: unfolded(node.data, offset - start) };
  };
  const offsetOf = (node, index) => {
    const after = firstNot(pieces.length, (each) => (
      pieces[each].node.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING
    ) !== 0);
    const piece = pieces[after];
    return piece?.node === node ? piece.start + folded(node.data.slice(0, index)).length : piece?.start ?? length;
  };
  const rangeOf = (from, to) => {
    const range = document.createRange();
    const [start, end] = [pointAt(from), pointAt(to)];
    range.setStart(start.node, start.index);
    range.setEnd(end.node, end.index);
    return range;
  };

  const measured = document.createRange();
  // The last box of this part of a text.
  const rectOf = (node, from, to) => {
    measured.setStart(node, from);
    for (let end = to; end <= node.data.length; end += 1) {
      measured.setEnd(node, end);
      const rect = [...measured.getClientRects()].at(-1);
      // White space at a line's end may have no box; then that of the next letter counts.
      if (rect) {
        return rect;
      }
    }
    return node.parentElement.getBoundingClientRect();
  };
  const rectAt = (offset) => {
    const { node, index } = pointAt(offset);
    return rectOf(node, Math.min(index, node.data.length - 1), Math.min(index + 1, node.data.length));
  };

  // The line being read is right below the bar, whether or not that is hidden.
  const line = () => bar.offsetHeight + 8;
  // From one page to the next, where the text is set in pages; not in whole pixels, or the last pages would be cut off.
  const stride = () => {
    const gap = parseFloat(getComputedStyle(text).columnGap) || 0;
    const { width, height } = text.getBoundingClientRect();
    return (isVertical ? height : width) + gap;
  };
  // How far the text has been scrolled or turned on, in its own box.
  const turned = () => Math.abs(isVertical ? text.scrollTop : text.scrollLeft);
  // Shows the page that begins there, or the last one.
  const turnTo = (distance) => {
    const way = isLeftwards && !isVertical ? -distance : distance;
    text.scrollTo({ [isVertical ? "top" : "left"]: way, behavior: "instant" });
  };
  // How far a box is beyond the beginning of what is in view, in the direction of reading. Negative: read already.
  const beyond = (rect) => {
    const seen = text.getBoundingClientRect();
    if (isPaged()) {
      return isVertical ? rect.top - seen.top : isLeftwards ? seen.right - rect.right : rect.left - seen.left;
    }
    return isVertical ? seen.right - rect.right : rect.top - line();
  };
  const extent = (rect) => (isVertical !== isPaged() ? rect.width : isPaged() ? rect.width : rect.height);
  const isPassed = (rect) => (
    isPaged() ? beyond(rect) < -ROUNDED : beyond(rect) + extent(rect) <= ROUNDED
  );
  const isAtEnd = () => {
    if (isPaged()) {
      return (isVertical ? text.scrollHeight : text.scrollWidth) - turned() < stride() + ROUNDED;
    }
    const left = isVertical
      ? text.scrollWidth - text.clientWidth + text.scrollLeft
      : text.getBoundingClientRect().bottom - innerHeight;
    return left < ROUNDED;
  };

  const here = () => {
    if (!pieces.length || isAtEnd()) {
      return isAtEnd() ? 1 : 0;
    }
    const index = firstNot(pieces.length, (each) => {
      const { node } = pieces[each];
      return isPassed(rectOf(node, 0, node.data.length));
    });
    if (index === pieces.length) {
      return 1;
    }
    const { node, start } = pieces[index];
    const first = firstNot(node.data.length, (each) => isPassed(rectOf(node, each, each + 1)));
    return (start + folded(node.data.slice(0, first)).length) / length;
  };

  const scroll = (distance) => {
    const options = { behavior: "instant" };
    if (isPaged()) {
      turnTo(Math.floor((turned() + distance + ROUNDED) / stride()) * stride());
    } else if (isVertical) {
      text.scrollBy({ ...options, left: -distance });
    } else {
      scrollBy({ ...options, top: distance });
    }
  };
  const toEdge = (isEnd) => {
    if (isPaged()) {
      turnTo(isEnd ? text.scrollWidth + text.scrollHeight : 0);
      return;
    }
    text.scrollLeft = isEnd && isVertical ? -text.scrollWidth : 0;
    text.scrollIntoView({ block: isEnd && !isVertical ? "end" : "start", behavior: "instant" });
  };
  const go = (fraction) => {
    if (!pieces.length || fraction <= 0 || fraction >= 1) {
      toEdge(fraction >= 1);
    } else {
      scroll(beyond(rectAt(Math.round(fraction * length))));
    }
  };

  const show = (element) => {
    if (isPaged()) {
      scroll(beyond(element.getBoundingClientRect()));
    } else {
      element.scrollIntoView({ behavior: "instant" });
    }
  };

  const screens = (from, to) => {
    if (!pieces.length) {
      return Math.sign(to - from);
    }
    const at = (fraction) => beyond(rectAt(Math.min(fraction * length, length - 1)));
    const screen = isPaged() ? stride() : isVertical ? text.clientWidth : innerHeight - line();
    return (at(to) - at(from)) / screen;
  };

  return { here, go, show, screens, read, offsetOf, rangeOf, stride, turned, turnTo, isVertical, isLeftwards, isPaged, length };
})();
