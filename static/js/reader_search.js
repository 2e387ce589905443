// Searches this book in a panel of the bar, so that looking something up does not lead away from the page. Without
// this script the form leads to a page of results.
(() => {
  const page = document.querySelector("[data-reader]");
  const tool = page.querySelector('[data-tool="search"]');
  const form = tool.querySelector("[data-search-form]");
  const field = form.elements.q;
  const status = page.querySelector("[data-reader-status]");
  const FAILED = "The search didn’t work. Wait a minute and try again.";

  const say = (sentence) => {
    const line = document.createElement("p");
    line.textContent = sentence;
    tool.querySelector("[data-found]").replaceChildren(line);
    status.textContent = sentence;
  };
  const results = async (query) => {
    const answer = await fetch(`${form.getAttribute("action")}?${new URLSearchParams({ q: query, panel: "" })}`);
    // There are results, or a sentence in their place; or another page, which asks the reader to wait.
    return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-found]");
  };

  let latest = 0;
  const search = async () => {
    latest += 1;
    const mine = latest;
    say("Searching…");
    const found = await results(field.value).catch(() => null);
    if (mine !== latest) {
      return;
    }
    if (!found) {
      say(FAILED);
      return;
    }
    tool.querySelector("[data-found]").replaceWith(found);
    status.textContent = found.querySelector("[data-found-heading]").textContent;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  tool.addEventListener("toggle", () => {
    if (tool.open) {
      field.focus({ preventScroll: true });
      field.select();
    }
  });
  // The browser looks for the words of a result on the page, and would find them in the panel.
  tool.addEventListener("click", ({ target }) => {
    if (target.closest(".found-inside a")) {
      tool.open = false;
    }
  });
  page.querySelector("[data-marking-look-up]").addEventListener("click", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) {
      return;
    }
    event.preventDefault();
    // A click outside the panel closes it.
    event.stopPropagation();
    // The tools for it would stay over the panel.
    getSelection().removeAllRanges();
    field.value = new URL(event.currentTarget.href).searchParams.get("q");
    tool.open = true;
    search();
  });
})();
