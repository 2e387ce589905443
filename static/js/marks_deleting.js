// Deletes a mark at once, with a way to undo it. Without this script a page asks first; so it does for a mark whose
// words are gone from the book, because that could not be undone.
(() => {
  globalThis.reader ??= {};
  const marks = (reader.marks ??= {});

  const fieldsOf = (item) => ({
    csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value,
    chapter: item.dataset.inChapter,
    fraction: item.dataset.fraction,
    before: item.dataset.before.slice(-100),
    colour: item.dataset.colour,
    quotation: item.dataset.colour ? item.querySelector("[data-words]").textContent : "",
    note: item.querySelector("[data-note-words]")?.textContent ?? "",
  });

  marks.remove = async (item) => {
    const fields = fieldsOf(item);
    const { kind, add } = item.dataset;
    const isOnPageOfAll = !item.closest("[data-marks]");
    if (!(await marks.send(item.querySelector("[data-mark-delete]").href, fields))) {
      return;
    }
    if (isOnPageOfAll) {
      item.remove();
    }
    marks.say(`Your ${kind} is deleted.`, async () => {
      if (!(await marks.send(add, fields))) {
        return;
      }
      marks.say(`Your ${kind} is back.`);
      if (isOnPageOfAll) {
        location.reload();
      }
    });
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-mark-delete]");
    const item = link?.closest("[data-mark]");
    if (item && item.dataset.mark !== "lost") {
      event.preventDefault();
      marks.remove(item);
    }
  });
})();
