// Lists the books kept on this device. The service worker shows this page for every page that is not kept, too.
(() => {
  const { offline } = globalThis;
  const page = document.querySelector("[data-kept-books]");
  const status = page.querySelector("[role=status]");
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const remove = async ({ id, title }) => {
    await offline.forget([id], await navigator.serviceWorker.getRegistration());
    await show();
    status.textContent = `“${title}” is no longer on this device.`;
    page.querySelector("h1").focus();
  };
  const item = (book) => {
    const title = make("a", { href: `/books/${book.id}/read/`, lang: book.language, dir: "auto" }, book.title);
    const since = new Date(book.kept).toLocaleDateString(page.dataset.english, { dateStyle: "long" });
    const facts = make("span", { className: "muted" }, ` ${offline.megabytes(book.size, page.dataset.tenth)}, kept on ${since} `);
    const name = make("span", { className: "visually-hidden" }, ` “${book.title}” from this device`);
    const button = make("button", { type: "button", className: "link-button" }, "Remove", name);
    button.addEventListener("click", () => remove(book));
    return make("li", {}, title, facts, button);
  };

  const refusals = (changes) => {
    const refused = changes.filter((change) => change.refused);
    if (!refused.length) {
      return [];
    }
    const lines = refused.map(({ fields, refused: sentence }) => {
      const words = fields.quotation || fields.note;
      return make("li", {}, words ? `“${words}”: ${sentence}` : sentence);
    });
    const button = make("button", { type: "button", className: "btn btn-quiet" }, "Discard these");
    button.addEventListener("click", async () => {
      await Promise.all(refused.map(({ order }) => offline.deleteChange(order)));
      await show();
    });
    return [make("h2", {}, "Couldn’t be saved"), make("ul", {}, ...lines), button];
  };
  const waiting = (changes) => {
    const count = changes.filter((change) => !change.refused).length;
    const things = count === 1 ? "1 change waits" : `${count} changes wait`;
    return count ? [make("p", {}, `${things} to be saved to your account, as soon as you’re online.`)] : [];
  };

  const known = () => (navigator.serviceWorker ? navigator.serviceWorker.getRegistration() : null);
  const own = ({ account }) => account === page.dataset.account;
  const show = async () => {
    // The browser's tables are not made for readers who keep nothing.
    const isUsed = await known();
    const books = isUsed ? (await offline.books()).filter(own) : [];
    const changes = isUsed ? (await offline.changes()).filter(own) : [];
    const none = make("p", { className: "lead" }, "No books yet. Open a book that you own and choose “Keep on this device”.");
    const list = books.length ? make("ul", {}, ...books.map(item)) : none;
    page.querySelector("[data-list]").replaceChildren(list, ...waiting(changes), ...refusals(changes));
  };

  if (location.pathname !== offline.LIST) {
    page.querySelector("h1").textContent = "You’re offline";
    page.querySelector("[data-instead]").hidden = false;
  }
  const contact = () => navigator.serviceWorker?.controller?.postMessage("contact");
  navigator.serviceWorker?.addEventListener("message", show);
  addEventListener("online", contact);
  show();
})();
