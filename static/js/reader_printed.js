// Says which page of the printed book is in view, or which pages, from the list that many e-books have.
(() => {
  const { page, text, geometry } = reader;
  const shown = page.querySelector("[data-printed]");
  const [word, number] = shown.querySelectorAll("[data-printed-word], [data-printed-number]");
  const rest = document.createElement("span");
  rest.className = "reader-in-full";
  // The edges of a page are no whole pixels.
  const ROUNDED = 2;
  // Each with the element at which it begins; without one it begins with the chapter.
  const pages = JSON.parse(document.getElementById("printed-pages").textContent)
    .map(([printed, fragment]) => ({ printed, fragment, element: document.getElementById(fragment) }))
    .filter(({ fragment, element }) => element || !fragment);

  const startOf = ({ element }) => (element ? geometry.offsetOf(element, 0) / geometry.length : 0);
  // How many pages begin at or before this share of the chapter.
  const countTo = (fraction) => {
    let [low, high] = [0, pages.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      [low, high] = startOf(pages[middle]) <= fraction ? [middle + 1, high] : [low, middle];
    }
    return low;
  };
  const isInView = ({ element }) => {
    const [{ left, top }, seen] = [element.getBoundingClientRect(), text.getBoundingClientRect()];
    const isBeside = left < seen.left - ROUNDED || left > seen.right;
    return !isBeside && top >= seen.top - ROUNDED && top < Math.min(seen.bottom, innerHeight);
  };
  const show = () => {
    const begun = countTo(reader.here());
    const later = pages.slice(begun);
    const after = later.findIndex((each) => !isInView(each));
    const inView = pages.slice(Math.max(begun - 1, 0), after < 0 ? pages.length : begun + after);
    shown.hidden = !inView.length;
    word.textContent = inView.length > 1 ? "Pages " : "Page ";
    const [first, last] = [inView.at(0)?.printed, inView.at(-1)?.printed];
    number.textContent = first ?? "";
    // On a phone there is room for one.
    rest.textContent = last === first ? "" : `–${last}`;
    number.append(rest);
  };

  show();
  page.addEventListener("reader-moved", show);
  addEventListener("load", show);
})();
