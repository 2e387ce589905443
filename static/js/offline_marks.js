// In the reader of a kept book: shows marks that were made, changed or deleted offline, until the account has them.
(() => {
  const { offline } = globalThis;
  const marks = (reader.marks ??= {});
  if (!navigator.serviceWorker?.controller) {
    return;
  }
  const form = document.querySelector("[data-keep-place]");
  const { book } = form.dataset;
  const chapter = form.elements.chapter.value;
  const text = document.querySelector(".reader-text");
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const note = (words) => {
    const line = make("p", { className: "marked-note" }, words);
    line.dataset.noteWords = "";
    return line;
  };
  const tool = (name, address, words) => {
    const link = make("a", { href: address }, words);
    link.dataset[name] = "";
    return link;
  };
  const quoted = (words) => {
    const line = make("p", {}, words);
    line.dataset.words = "";
    return make("blockquote", { lang: text.lang, dir: text.dir }, line);
  };
  // As in templates/books/_mark.html.
  const item = ({ id, fields }) => {
    const { colour = "", quotation = "", before = "", fraction } = fields;
    const kind = colour ? "highlight" : "bookmark";
    const where = make("p", { className: "marked-where" }, `${kind === "highlight" ? "Highlight" : "Bookmark"} · not in your account yet`);
    const tools = make(
      "p",
      { className: "marked-tools" },
      tool("markEdit", `/library/bookmarks/${id}/`, `${fields.note ? "Edit the note" : "Add a note"}`),
      " ",
      tool("markDelete", `/library/bookmarks/${id}/delete/`, `Delete the ${kind}`),
    );
    const parts = [where, ...(quotation ? [quoted(quotation)] : []), ...(fields.note ? [note(fields.note)] : []), tools];
    const element = make("li", { id: `mark-${id}`, className: `marked marked-${colour || "none"}` }, ...parts);
    const data = { mark: "here", kind, colour, before, begins: quotation.slice(0, 60), fraction, undo: `/library/bookmarks/${id}/undo/` };
    Object.assign(element.dataset, data);
    return element;
  };

  const add = (change) => {
    const list = document.querySelector("[data-marks]");
    let waiting = list.querySelector("[data-waiting]");
    if (!waiting) {
      waiting = make("ol", { className: "marks" });
      waiting.dataset.waiting = "";
      list.prepend(make("h2", { className: "reader-marks-title" }, "On this device"), waiting);
    }
    waiting.append(item(change));
  };
  const edit = (element, { colour, note: words }) => {
    if (colour) {
      element.classList.replace(`marked-${element.dataset.colour}`, `marked-${colour}`);
      element.dataset.colour = colour;
    }
    element.querySelector("[data-note-words]")?.remove();
    if (words) {
      element.querySelector(".marked-tools").before(note(words));
    }
  };
  marks.showWaiting = (change) => {
    const id = change.address.match(/^\/library\/bookmarks\/([^/]+)\//)?.[1];
    const element = document.getElementById(`mark-${id ?? change.id}`);
    if (!id && !element && change.fields.chapter === chapter) {
      add(change);
    } else if (element && /\/(delete|undo)\/$/.test(change.address)) {
      element.hidden = change.address.endsWith("/delete/");
    } else if (id && element) {
      edit(element, change.fields);
    }
  };

  const show = async () => {
    const changes = await offline.changes();
    const own = changes.filter((change) => change.book === book && change.kind === "mark" && !change.refused);
    own.forEach(marks.showWaiting);
    if (own.length) {
      marks.draw();
    }
  };
  // The account has them now: show its list.
  const reload = async () => {
    const answer = await fetch(location.pathname);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-marks]");
    if (answer.ok && fresh) {
      document.querySelector("[data-marks]").replaceWith(fresh);
      marks.draw();
    }
  };
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    Object.assign(marks.sealed, data.sealed);
    if (data.sent) {
      reload().then(show).catch(() => {});
    }
  });
  show().catch(() => {});
})();
