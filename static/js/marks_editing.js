// Opens a mark over the page when somebody clicks a highlight in the text, a note beside it, or "Edit" in the list. A
// colour is saved when it is chosen, a note when the window is closed in any way.
(() => {
  const marks = (reader.marks ??= {});
  const page = document.querySelector("[data-reader]");
  const text = page.querySelector(".reader-text");
  const editor = page.querySelector("[data-mark-editor]");
  if (!editor) {
    return;
  }
  const form = editor.querySelector("[data-mark-editor-form]");
  const colours = editor.querySelector("[data-mark-editor-colours]");
  const note = form.elements.note;

  let opened = "";
  let saved = "";
  let opener = null;
  const item = () => document.getElementById(opened);

  marks.edit = (id, from = null) => {
    opened = id;
    opener = from;
    const { colour, kind } = item().dataset;
    const words = item().querySelector("[data-words]")?.textContent ?? "";
    saved = note.value = item().querySelector("[data-note-words]")?.textContent ?? "";
    form.action = item().querySelector("[data-mark-edit]").href;
    editor.querySelector("[data-mark-editor-title]").textContent = kind === "highlight" ? "Highlight" : "Bookmark";
    editor.querySelector("[data-mark-editor-words]").textContent = words;
    colours.hidden = colours.disabled = !colour;
    if (colour) {
      form.elements.colour.value = colour;
    }
    editor.showPopover();
    (from ? editor : note).focus({ preventScroll: true });
  };

  const save = async () => {
    const fields = new FormData(form);
    if (await marks.send(form.action, fields)) {
      saved = fields.get("note");
      return true;
    }
    return false;
  };

  colours.addEventListener("change", save);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    editor.hidePopover();
  });
  editor.addEventListener("toggle", async ({ newState }) => {
    if (newState === "open") {
      return;
    }
    if (note.value !== saved && (await save())) {
      marks.say("Your note is saved.");
    }
    if (document.activeElement === document.body) {
      // A note that has just been saved has a new button, and perhaps its first one.
      const back = opener?.isConnected ? opener : text.querySelector(`[data-opens="${opened}"]`);
      back?.focus({ preventScroll: true });
    }
  });
  editor.querySelector("[data-mark-editor-delete]").addEventListener("click", () => {
    saved = note.value;
    editor.hidePopover();
    marks.remove(item());
  });

  // Before the script that hides the bar when the text is tapped.
  text.addEventListener("click", (event) => {
    const { target, clientX, clientY } = event;
    const button = target.closest("[data-opens]");
    const another = target.closest("a, button, summary, input") || !getSelection().isCollapsed;
    const id = button?.dataset.opens ?? (another ? null : marks.at(clientX, clientY));
    if (id) {
      event.stopPropagation();
      marks.edit(id, button ?? text);
    }
  }, { capture: true });
  page.addEventListener("click", (event) => {
    const link = event.target.closest("[data-mark-edit]");
    const listed = link?.closest("[data-mark]");
    if (listed) {
      event.preventDefault();
      marks.edit(listed.id, link);
    }
  });
})();
