// A chapter as long as a book, in pages. Its paragraphs are laid out a part at a time, because all at once would keep the
// browser from doing anything else, on a phone for a second or more. Until the last one is, the others are taken to have
// six lines, as in the scrolled text, and nothing is shown yet (static/css/reader_text.css).
(() => {
  const { page, text, geometry } = reader;
  // How long a part may take, in milliseconds. The browser's own work for it comes on top.
  const GOAL = 100;
  // In paragraphs: the first part, and the least; many small parts would take longer altogether.
  const LEAST = 150;

  const isWanted = () => geometry.isPaged() && !("laidOut" in page.dataset);
  const pause = () => new Promise((resolve) => setTimeout(resolve));
  const layOut = (paragraphs) => {
    const begun = performance.now();
    for (const paragraph of paragraphs) {
      paragraph.classList.add("is-laid-out");
    }
    // To say where something is, the browser has to lay it out.
    text.getBoundingClientRect();
    return performance.now() - begun;
  };

  let isRunning = false;
  const start = async () => {
    if (isRunning || !isWanted()) {
      return;
    }
    isRunning = true;
    const left = [...text.querySelectorAll("p:not(.is-laid-out)")];
    let size = LEAST;
    while (left.length && isWanted()) {
      const took = layOut(left.splice(0, size));
      size = Math.max(Math.ceil(size * Math.min(GOAL / took, 2)), LEAST);
      await pause();
    }
    isRunning = false;
    if (isWanted()) {
      page.dataset.laidOut = "";
      page.dispatchEvent(new Event("reader-laid-out"));
    }
  };
  // Whoever chooses pages later, too.
  page.addEventListener("reader-reflow", start);
  start();
})();
