// The service worker: the network first; a kept copy when that fails or takes too long. What readers change meanwhile
// in a kept book is noted and sent later (offline_sending.js).
(() => {
  const offline = (globalThis.offline ??= {});
  const ID = "([0-9a-f-]{36})";
  const CHAPTER = new RegExp(`^/books/${ID}/read/(?:[0-9]+/)?$`);
  const START = new RegExp(`^/books/${ID}/read/$`);
  const PLACE = new RegExp(`^/books/${ID}/place/$`);
  const NEW_MARK = new RegExp(`^/books/${ID}/bookmarks/$`);
  const MARK = new RegExp(`^/library/bookmarks/${ID}/(?:delete/|undo/)?$`);
  const PART = new RegExp(`^/static/|^/accent-|^/books/${ID}/pictures/`);
  const LOG_OUT = "/accounts/logout/";
  // In milliseconds: how long a reader waits for a page that is kept, and for a change to be saved.
  const PATIENCE = 4000;
  const LONG = 10_000;

  addEventListener("install", () => skipWaiting());
  addEventListener("activate", (event) => event.waitUntil(clients.claim()));
  // Where a browser knows it, changes are sent when it is online again even if no page of the shop is open.
  addEventListener("sync", (event) => event.waitUntil(offline.contact()));
  addEventListener("message", ({ data }) => data === "contact" && offline.contact());

  const none = () => null;
  const keptBook = async (id) => {
    const book = await offline.book(id).catch(none);
    if (book && Date.now() - book.seen > offline.LONGEST) {
      await offline.forget([id], registration);
      return null;
    }
    return book;
  };
  const keptPage = async (book, { origin, pathname }) => {
    if (START.test(pathname)) {
      return Response.redirect(new URL(book.place ?? `${pathname}1/`, origin));
    }
    return (await caches.open(book.cache)).match(pathname);
  };
  const list = async () => ((await offline.books()).length ? caches.match(offline.LIST) : null);
  const soon = (answer, patience) => Promise.race([
    answer,
    new Promise((_, reject) => setTimeout(reject, patience, new Error("The network takes too long."))),
  ]);

  // What was shown is newer than what is kept: its marks, its place, its form of the page.
  const refresh = async (book, { pathname }, response) => {
    const cache = await caches.open(book.cache);
    const text = await offline.keepPage(cache, book.account, pathname, response);
    await offline.keepFrame(book.account, text ?? "");
    if ((await offline.book(book.id))?.cache !== book.cache) {
      // The book was removed, or replaced by a new edition, while this page was being stored.
      await caches.delete(book.cache);
      await offline.forget([], registration);
    }
  };

  const page = async (event, url) => {
    const id = url.pathname.match(CHAPTER)?.[1];
    const book = id && (await keptBook(id));
    const answer = fetch(event.request);
    try {
      const response = await (book ? soon(answer, PATIENCE) : answer);
      if (book && response.ok && !url.searchParams.has("mark")) {
        const copy = response.clone();
        event.waitUntil(refresh(book, url, copy).catch(none));
      }
      event.waitUntil(offline.contact());
      return response;
    } catch (error) {
      answer.catch(none);
      const kept = (book && (await keptPage(book, url))) || (await list().catch(none));
      return kept || Promise.reject(error);
    }
  };
  const part = async (request) => {
    const kept = await caches.match(request.url, { ignoreVary: true });
    return kept ? soon(fetch(request), PATIENCE).catch(() => kept) : fetch(request);
  };

  const sendLater = () => registration.sync?.register("changes").catch(none);

  // The fields of the form as they are stored, without its token.
  const fieldsOf = async (request) => {
    const { csrfmiddlewaretoken, ...fields } = Object.fromEntries(new URLSearchParams(await request.text()));
    return fields;
  };
  const placeAt = (book, { chapter, fraction }) => `/books/${book}/read/${chapter}/?at=${Number(fraction).toFixed(4)}#place`;
  const dropPlaces = async (book) => {
    for (const change of await offline.changes()) {
      if (change.kind === "place" && change.book === book) {
        await offline.deleteChange(change.order);
      }
    }
  };
  const place = async (request, book) => {
    const fields = await fieldsOf(request.clone());
    try {
      const answer = await fetch(request, { signal: AbortSignal.timeout(LONG) });
      if (answer.ok) {
        await dropPlaces(book.id);
        await offline.updateBook(book.id, { place: placeAt(book.id, fields) });
      }
      return answer;
    } catch {
      const at = Date.now() - Number(fields.age ?? 0) * 1000;
      const change = { account: book.account, book: book.id, kind: "place", id: "", address: `/books/${book.id}/place/` };
      await dropPlaces(book.id);
      // Another device may have moved the place by the time it is sent, even if the reader chose it: then they are asked.
      await offline.addChange({ ...change, fields: { ...fields, how: "read" }, at, refused: "" });
      await offline.updateBook(book.id, { place: placeAt(book.id, fields) });
      sendLater();
      return new Response(null, { status: 204, headers: { "Place-Version": fields.version } });
    }
  };

  const noteMark = async (book, address, fields) => {
    const id = crypto.randomUUID();
    const change = { account: book.account, book: book.id, kind: "mark", id, address, fields, at: Date.now(), refused: "" };
    await offline.addChange(change);
    sendLater();
    return Response.json({ id, waits: change });
  };
  // Undo a deletion that has not been sent yet, if the address is for that: then nothing needs to be sent.
  const takenBack = async (address) => {
    const deletion = address.replace(/undo\/$/, "delete/");
    const change = (await offline.changes()).find((each) => deletion !== address && each.address === deletion);
    if (change) {
      await offline.deleteChange(change.order);
    }
    return Boolean(change);
  };
  const mark = async (event, book, address) => {
    if (await takenBack(address)) {
      return Response.json({ waits: { address, fields: {} } });
    }
    const fields = await fieldsOf(event.request.clone());
    // What was changed earlier goes first.
    if ((await offline.changes()).some(({ kind, refused }) => kind === "mark" && !refused)) {
      const noted = await noteMark(book, address, fields);
      event.waitUntil(offline.contact());
      return noted;
    }
    try {
      return await fetch(event.request, { signal: AbortSignal.timeout(LONG) });
    } catch {
      return noteMark(book, address, fields);
    }
  };
  const change = async (event, url) => {
    const { request } = event;
    const reading = URL.canParse(request.referrer) ? new URL(request.referrer).pathname.match(CHAPTER)?.[1] : null;
    const id = url.pathname.match(PLACE)?.[1] ?? url.pathname.match(NEW_MARK)?.[1] ?? reading;
    const book = id && (await keptBook(id));
    if (!book) {
      return fetch(request);
    }
    return PLACE.test(url.pathname) ? place(request, book) : mark(event, book, url.pathname);
  };

  const forgetAll = async () => {
    const books = await offline.books();
    for (const each of await offline.changes()) {
      await offline.deleteChange(each.order);
    }
    await offline.forget(books.map(({ id }) => id), registration);
  };

  addEventListener("fetch", (event) => {
    const { request } = event;
    const url = new URL(request.url);
    if (url.origin !== location.origin) {
      return;
    }
    const isForm = request.method === "POST" && request.mode !== "navigate";
    if (request.method === "POST" && url.pathname === LOG_OUT) {
      // The answer clears the browser's storage too; offline there is none.
      event.waitUntil(forgetAll());
    } else if (isForm && [PLACE, NEW_MARK, MARK].some((each) => each.test(url.pathname))) {
      event.respondWith(change(event, url));
    } else if (request.method === "GET" && request.mode === "navigate") {
      event.respondWith(page(event, url));
    } else if (request.method === "GET" && PART.test(url.pathname)) {
      event.respondWith(part(request));
    }
  });
})();
