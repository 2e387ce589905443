// Shows a note over the text that refers to it, even a note in another chapter: what the book itself calls a note, and
// any other text further on whose link leads back to the reference. Without this script, or if the note cannot be
// loaded, the link leads to it.
(() => {
  const page = document.querySelector("[data-reader]");
  const text = page.querySelector(".reader-text");
  const note = page.querySelector("[data-note]");
  // Anything longer is a part of the text rather than a note.
  const LONGEST = 4000;
  // A reference is a number or a sign, such as "[12]" or "note 3". Other links lead somewhere.
  const LONGEST_REFERENCE = 12;
  const NOTES = "aside, li, dd, p, blockquote, div, section";

  // The texts of other chapters whose notes have been shown, by their addresses.
  const chapters = new Map();
  const load = async (path) => {
    const answer = await fetch(path);
    if (!answer.ok) {
      throw new Error(`${path} answered ${answer.status}`);
    }
    const chapter = new DOMParser().parseFromString(await answer.text(), "text/html");
    return chapter.querySelector(".reader-text");
  };
  const chapterAt = (path) => {
    if (!chapters.has(path)) {
      chapters.set(path, load(path).catch((error) => {
        chapters.delete(path);
        throw error;
      }));
    }
    return chapters.get(path);
  };
  const byHash = (chapter, hash) => chapter?.querySelector(`#${CSS.escape(decodeURIComponent(hash.slice(1)))}`);
  // Where a link of a text leads, whose chapter has this path.
  const addressOf = (link, path) => new URL(link.getAttribute("href"), new URL(path, location));

  // Whether the link of the note leads back to the reference: to it, to what it stands in, or to what stands in it.
  const leadsBack = (link, reference, path) => {
    const address = addressOf(link, path);
    const origin = address.pathname === location.pathname && address.hash && byHash(text, address.hash);
    if (!origin) {
      return false;
    }
    const isAround = origin.contains(reference) && origin.textContent.trim() === reference.textContent.trim();
    const isBefore = !origin.textContent && origin.nextElementSibling?.contains(reference);
    return isAround || isBefore || reference.contains(origin);
  };
  const linksBack = (found, reference, path) => [...found.querySelectorAll("a[href]")].filter((link) => (
    link.role === "doc-backlink" || leadsBack(link, reference, path)
  ));

  const isFurtherOn = (target, reference) => (
    !text.contains(target) || Boolean(reference.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING)
  );
  // The note to which a reference leads; null if it is none.
  const noteOf = async (reference, address) => {
    const chapter = address.pathname === location.pathname ? text : await chapterAt(address.pathname);
    const target = byHash(chapter, address.hash);
    const found = target?.closest(NOTES);
    if (!found || !chapter.contains(found) || found.textContent.length > LONGEST) {
      return null;
    }
    const isPlain = !reference.matches(".noteref");
    const isHeading = target.closest("h2, h3, h4, h5, h6") || found.querySelector("h2, h3, h4, h5, h6");
    if (isPlain && (isHeading || !isFurtherOn(target, reference))) {
      return null;
    }
    return isPlain && !linksBack(found, reference, address.pathname).length ? null : found;
  };

  const show = (found, reference, address) => {
    const copy = document.importNode(found, true);
    for (const back of linksBack(copy, reference, address.pathname)) {
      const before = document.createRange();
      before.setStart(copy, 0);
      before.setEndBefore(back);
      // At the beginning it is the note's number.
      back.replaceWith(before.toString().trim() ? "" : back.textContent);
    }
    for (const element of [copy, ...copy.querySelectorAll("[id]")]) {
      element.removeAttribute("id");
    }
    for (const within of copy.querySelectorAll("a[href]")) {
      within.href = addressOf(within, address.pathname);
    }
    const way = document.createElement("a");
    way.href = reference.href;
    way.textContent = "Go to the note";
    way.lang = "en";
    note.replaceChildren(copy, way);
    note.showPopover();
    note.focus();
  };

  const mayBeReference = (link) => (
    link.matches(".noteref") || (link.role !== "doc-backlink" && link.textContent.trim().length <= LONGEST_REFERENCE)
  );
  // Chapters are numbered in the order of reading, and a note comes after what refers to it.
  const chapterOf = (path) => Number(path.match(/\/(\d+)\/$/)?.[1]);
  const isInBook = ({ origin, pathname }) => (
    origin === location.origin && pathname.replace(/\d+\/$/, "") === location.pathname.replace(/\d+\/$/, "")
  );

  let reference = null;
  text.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    const another = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
    if (!link?.hash || another || !mayBeReference(link)) {
      return;
    }
    const address = new URL(link.href);
    const isLater = chapterOf(address.pathname) >= chapterOf(location.pathname);
    if (!isInBook(address) || !(isLater || link.matches(".noteref"))) {
      return;
    }
    event.preventDefault();
    const found = await noteOf(link, address).catch(() => null);
    if (!found) {
      location.assign(address);
      return;
    }
    reference = link;
    show(found, link, address);
  });
  note.addEventListener("toggle", ({ newState }) => {
    const lost = note.contains(document.activeElement) || document.activeElement === document.body;
    if (newState === "closed" && lost) {
      reference?.focus({ preventScroll: true });
    }
  });
  note.addEventListener("click", ({ target }) => {
    if (target.closest("a")) {
      note.hidePopover();
    }
  });
})();
