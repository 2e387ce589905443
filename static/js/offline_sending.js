// In the service worker, whenever the shop can be reached: asks who is logged in and what they may still read, removes
// what they may not, sends what was changed offline, and fetches new editions.
(() => {
  const offline = (globalThis.offline ??= {});
  const SAME = 0.0005;

  const tell = async (message) => {
    for (const client of await clients.matchAll()) {
      client.postMessage(message);
    }
  };

  const post = ({ address, fields }, token) => {
    const body = new URLSearchParams(fields);
    body.set("csrfmiddlewaretoken", token);
    const headers = { Accept: "application/json" };
    return fetch(address, { method: "POST", body, headers, redirect: "manual" });
  };

  // The shop has the reader elsewhere. If that is further on, they are asked when they next open the book.
  const compare = async ({ book, fields }, kept) => {
    const [chapter, fraction] = [Number(fields.chapter), Number(fields.fraction)];
    const isSame = kept.chapter === chapter && Math.abs(kept.fraction - fraction) < SAME;
    const isFurther = kept.chapter > chapter || (kept.chapter === chapter && kept.fraction > fraction);
    const address = `/books/${book}/read/${chapter}/?at=${fraction.toFixed(4)}`;
    const question = isFurther && !isSame ? { chapter, address, percent: kept.percent } : null;
    await offline.updateBook(book, { place: kept.address, elsewhere: question });
    return question !== null;
  };
  const sendPlace = async (change, token) => {
    const age = Math.max((Date.now() - change.at) / 1000, 0).toFixed(1);
    const answer = await post({ ...change, fields: { ...change.fields, age } }, token);
    if (answer.status === 409 && (await compare(change, await answer.json()))) {
      await tell({ asked: change.book });
    }
    return answer.ok || [400, 404, 409].includes(answer.status);
  };

  // A mark made offline has an id of this device until the shop has given it one of its own.
  const rename = async (changes, from, to) => {
    for (const change of changes.filter(({ address }) => address.includes(from))) {
      change.address = change.address.replace(from, to);
      await offline.updateChange(change.order, { address: change.address });
    }
  };
  const sendMark = async (change, token, changes) => {
    const answer = await post(change, token);
    if (answer.ok) {
      const { id, deleted } = await answer.json();
      await rename(changes, change.id, id);
      if (deleted) {
        await tell({ sealed: { [change.address.replace("delete/", "undo/")]: deleted } });
      }
      return true;
    }
    if (![400, 404, 409].includes(answer.status)) {
      return false;
    }
    const { error } = await answer.json().catch(() => ({}));
    // A mark that was deleted on another device needs no change any more.
    if (error) {
      await offline.updateChange(change.order, { refused: error });
    }
    return true;
  };

  // Send in the order in which they were made; what the shop cannot take now (a limit, a fault) waits with all after it.
  const send = async (token) => {
    const changes = (await offline.changes()).filter(({ refused }) => !refused);
    for (const change of changes) {
      const isDone = await (change.kind === "place" ? sendPlace(change, token) : sendMark(change, token, changes));
      if (!isDone) {
        break;
      }
      const left = (await offline.changes()).find(({ order }) => order === change.order);
      if (left && !left.refused) {
        await offline.deleteChange(change.order);
      }
    }
    if (changes.length) {
      await tell({ sent: true });
    }
  };

  // What is another account's is removed, changes too: they are never sent with somebody else's log-in.
  const forgetOthers = async (account, books) => {
    const theirs = books.filter((book) => book.account !== account);
    await offline.forget(theirs.map(({ id }) => id), registration);
    for (const change of await offline.changes()) {
      if (change.account !== account) {
        await offline.deleteChange(change.order);
      }
    }
    return books.filter((book) => book.account === account);
  };
  const forgetClosed = async (closed) => {
    for (const change of await offline.changes()) {
      if (closed.includes(change.book)) {
        await offline.deleteChange(change.order);
      }
    }
    await offline.forget(closed, registration);
  };
  const refresh = async (book, { editions, places }) => {
    const waits = (await offline.changes()).some((change) => change.book === book.id && change.kind === "place");
    await offline.updateBook(book.id, { seen: Date.now(), place: waits ? book.place : (places[book.id] ?? book.place) });
    if (editions[book.id] !== book.edition) {
      const answer = await fetch(`/books/${book.id}/offline.json`, { redirect: "manual" });
      if (answer.ok) {
        await offline.keep(await answer.json());
      }
    }
  };

  const contact = async () => {
    const books = await offline.books();
    if (!books.length && !(await offline.changes()).length) {
      return;
    }
    const query = new URLSearchParams(books.map(({ id }) => ["book", id]));
    const answer = await fetch(`/library/offline/account/?${query}`, { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") {
      // Nobody is logged in. Changes wait for the same account.
      await offline.forget(books.map(({ id }) => id), registration);
    }
    if (!answer.ok) {
      return;
    }
    const now = await answer.json();
    const own = await forgetOthers(now.account, books);
    const closed = own.filter(({ id }) => !(id in now.editions)).map(({ id }) => id);
    await forgetClosed(closed);
    await send(now.token);
    for (const book of own.filter(({ id }) => !closed.includes(id))) {
      await refresh(book, now);
    }
    if (!own.length) {
      // Only changes were left, and they have been sent.
      await offline.forget([], registration);
    }
  };
  let running = null;
  let isAskedAgain = false;
  // Once at a time: what is asked meanwhile is done once more afterwards.
  offline.contact = () => {
    if (running) {
      isAskedAgain = true;
      return running;
    }
    running = contact().catch(() => {}).then(() => {
      running = null;
      if (isAskedAgain) {
        isAskedAgain = false;
        return offline.contact();
      }
      return null;
    });
    return running;
  };
})();
