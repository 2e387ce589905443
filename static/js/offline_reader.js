// In the reader of a kept book: goes on where this device was, which the kept page does not know, and asks when another
// device is further on. It runs before reader_place.js.
(() => {
  const { offline } = globalThis;
  const page = document.querySelector("[data-reader]");
  const form = page.querySelector("[data-keep-place]");
  // There is none for readers who keep nothing.
  if (!navigator.serviceWorker?.controller) {
    return;
  }
  const { account, book } = form.dataset;
  const PREFIX = "bookstore-place-";
  const key = `${PREFIX}${account}-${book}`;

  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(PREFIX) && !name.startsWith(`${PREFIX}${account}-`)) {
      localStorage.removeItem(name);
    }
  }
  // The place has a version, which is the same while it has not reached the account.
  const here = JSON.parse(localStorage.getItem(key) ?? "null");
  if (here && here.version >= Number(form.elements.version.value)) {
    form.elements.version.value = here.version;
    const { chapter, fraction, percent, address } = here;
    Object.assign(form.dataset, { chapter, fraction, percent, address });
  }

  const ask = ({ chapter, address, percent }) => {
    const share = page.dataset.percentage.replace("0", percent);
    const question = document.createElement("div");
    question.className = "reader-elsewhere";
    question.setAttribute("role", "alert");
    const sentence = document.createElement("p");
    sentence.textContent = `While offline you read on here, in chapter ${chapter}. On another device you’re at ${share}.`;
    const go = Object.assign(document.createElement("a"), { className: "btn btn-quiet", href: address });
    go.textContent = `Go to chapter ${chapter}`;
    const stay = Object.assign(document.createElement("button"), { className: "btn btn-primary", type: "button" });
    stay.textContent = `Stay at ${share}`;
    const answered = () => {
      question.remove();
      offline.updateBook(book, { elsewhere: null });
    };
    go.addEventListener("click", answered);
    stay.addEventListener("click", answered);
    question.append(sentence, go, stay);
    form.after(question);
  };

  const start = async () => {
    const kept = await offline.book(book);
    if (!kept) {
      localStorage.removeItem(key);
      return;
    }
    page.addEventListener("reader-place", ({ detail }) => localStorage.setItem(key, JSON.stringify(detail)));
    if (kept.elsewhere) {
      ask(kept.elsewhere);
    }
  };
  start().catch(() => {});

  const contact = () => navigator.serviceWorker.controller?.postMessage("contact");
  addEventListener("online", contact);
  navigator.serviceWorker.addEventListener("message", async ({ data }) => {
    if (data.asked === book) {
      // The page that is open asks by itself.
      await offline.updateBook(book, { elsewhere: null });
      reader.compareDevices?.();
    }
  });
})();
