// Shows a note over the text that refers to it, even a note in another chapter. Without this script, or if the note
// cannot be loaded, the link leads to it.
(() => {
  const page = document.querySelector("[data-reader]");
  const text = page.querySelector(".reader-text");
  const note = page.querySelector("[data-note]");
  // Anything longer is a part of the text rather than a note.
  const LONGEST = 4000;

  const find = async (address) => {
    const id = decodeURIComponent(address.hash.slice(1));
    if (address.pathname === location.pathname) {
      return document.getElementById(id);
    }
    const answer = await fetch(address.pathname);
    const chapter = new DOMParser().parseFromString(await answer.text(), "text/html");
    return answer.ok ? chapter.getElementById(id) : null;
  };

  const show = (found, link, address) => {
    const copy = document.importNode(found, true);
    for (const element of [copy, ...copy.querySelectorAll("[id]")]) {
      element.removeAttribute("id");
    }
    for (const back of copy.querySelectorAll("[role=doc-backlink]")) {
      back.remove();
    }
    for (const within of copy.querySelectorAll('a[href^="#"]')) {
      within.href = address.pathname + within.getAttribute("href");
    }
    const way = document.createElement("a");
    way.href = link.href;
    way.textContent = "Go to the note";
    way.lang = "en";
    note.replaceChildren(copy, way);
    note.showPopover();
    note.focus();
  };

  let reference = null;
  text.addEventListener("click", async (event) => {
    const link = event.target.closest("a.noteref");
    const another = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
    if (!link?.hash || another) {
      return;
    }
    event.preventDefault();
    const address = new URL(link.href);
    const target = await find(address).catch(() => null);
    const found = target?.closest("aside, li, dd, p, blockquote, div, section");
    if (!found || found.textContent.length > LONGEST) {
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
