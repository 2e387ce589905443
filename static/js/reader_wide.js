// Tables and listings that are wider than the page scroll by themselves: those that do have a name and are reached by
// keyboard, and the Tab key passes by the others. Listings can be copied. It runs before the place is found, because
// it changes how high they are, and adds no text.
(() => {
  const text = document.querySelector(".reader-text");
  const status = document.querySelector("[data-reader-status]");

  const around = (element, className) => {
    const box = document.createElement("div");
    box.className = className;
    element.replaceWith(box);
    box.append(element);
    return box;
  };

  const widths = new ResizeObserver((changed) => {
    for (const { target } of changed) {
      const isWide = target.scrollWidth > target.clientWidth;
      target.tabIndex = isWide ? 0 : -1;
      target.role = isWide ? "group" : null;
      target.ariaLabel = isWide ? target.dataset.name : null;
    }
  });

  for (const table of text.querySelectorAll("table")) {
    table.removeAttribute("tabindex");
    // A table in a cell scrolls with the table around it.
    if (!table.parentElement.closest("table")) {
      const box = around(table, "reader-table");
      box.dataset.name = table.caption?.textContent.trim() || "Table";
      widths.observe(box);
    }
  }

  const copy = async (listing) => {
    try {
      await navigator.clipboard.writeText(listing.textContent);
      return "Copied.";
    } catch {
      return "Your browser doesn’t let us copy that.";
    }
  };
  for (const listing of text.querySelectorAll("pre")) {
    listing.dataset.name = "Listing";
    widths.observe(listing);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "reader-copy";
    // The words on it are in the stylesheet: those in the page are the book's.
    button.ariaLabel = "Copy";
    button.lang = "en";
    button.addEventListener("click", async () => {
      status.textContent = await copy(listing);
      button.dataset.copied = status.textContent === "Copied." ? "yes" : "no";
    });
    around(listing, "reader-listing").append(button);
  }
})();
