// Keeps whole books in this browser, and removes them. Pages and the service worker use it.
(() => {
  const offline = (globalThis.offline ??= {});
  const PREFIX = "bookstore-kept-";
  const AT_ONCE = 4;
  // A device asks about all of its books in one address, which must not become longer than servers take.
  // books/views/offline/keeping.py answers about as many.
  const MOST = 50;
  const STATIC = /(?:href|src)="(\/static\/[^"]+|\/accent-\w+\.css)"/g;
  const FACE = /@font-face\s*\{[^}]*?font-family:\s*"([^"]+)"[^}]*?url\("([^"]+)"\)[^}]*\}/g;
  // After so long without having reached the shop, a book is removed: as long as an unused log-in lasts.
  offline.LONGEST = 30 * 24 * 60 * 60 * 1000;
  offline.LIST = "/library/offline/";

  // `tenth`: 0.1 as the shop writes it, with its own decimal sign.
  offline.megabytes = (bytes, tenth) => {
    const number = Math.max(bytes / 1e6, 0.1).toFixed(bytes < 1e7 ? 1 : 0);
    return `${number.replace(".", tenth[1])} MB`;
  };

  // Why a book cannot be kept; its message is a sentence for the reader.
  offline.CannotKeep = class extends Error {};

  const frameOf = (account) => `${PREFIX}${account}-frame`;
  // Whether this is a page of that account. Nothing else is ever stored: no visitor's page, nobody else's.
  const isOf = (account, text) => text.includes(`data-account="${account}"`);

  const load = async (address) => {
    const response = await fetch(address, { redirect: "manual", cache: "no-cache" });
    if (!response.ok) {
      throw new offline.CannotKeep("The book couldn’t be loaded. Reload the page and try again.");
    }
    return response;
  };

  // The files of the reader's own typeface, from the stylesheet that names all of them.
  const facesIn = (css, text, address) => {
    const chosen = text.match(/data-typeface="(\w+)"/)?.[1];
    const family = css.match(new RegExp(`\\[data-typeface="${chosen}"\\]\\s*\\{\\s*--face:\\s*"?([^",]+)`))?.[1];
    const faces = [...css.matchAll(FACE)].filter(([, name]) => name === family);
    return faces.map(([, , file]) => new URL(file, new URL(address, location.origin)).pathname);
  };
  // Keep the stylesheets, scripts and typefaces that a page needs.
  offline.keepFrame = async (account, text) => {
    const cache = await caches.open(frameOf(account));
    const wanted = [...text.matchAll(STATIC)].map(([, address]) => address);
    for (const address of wanted) {
      if (await cache.match(address)) {
        continue;
      }
      const response = await load(address);
      await cache.put(address, response.clone());
      if (address.includes(".css")) {
        wanted.push(...facesIn(await response.text(), text, address));
      }
    }
  };

  // Keep a page as this account's. Returns its text; null for a page that is not.
  offline.keepPage = async (cache, account, address, response) => {
    const text = await response.clone().text();
    if (!isOf(account, text)) {
      return null;
    }
    await cache.put(address, response);
    return text;
  };
  // Keep the page that lists what is kept, which is shown for every page that is not.
  const keepList = async (account) => {
    const cache = await caches.open(frameOf(account));
    const text = await offline.keepPage(cache, account, offline.LIST, await load(offline.LIST));
    await offline.keepFrame(account, text ?? "");
  };

  const keepParts = async ({ account, pages, pictures }, cache, progress) => {
    const left = [...pages, ...pictures];
    const all = left.length;
    let [done, size] = [0, 0];
    const keepOne = async (address) => {
      const isPage = pages.includes(address);
      // A picture that the shop has lost is no reason to have no book.
      const response = await load(address).catch((error) => (isPage ? Promise.reject(error) : null));
      size += response ? (await response.clone().blob()).size : 0;
      if (isPage) {
        const text = await offline.keepPage(cache, account, address, response);
        if (text === null) {
          throw new offline.CannotKeep("You’re logged in as somebody else now. Reload the page and try again.");
        }
        if (address === pages[0]) {
          await offline.keepFrame(account, text);
        }
      } else if (response) {
        await cache.put(address, response);
      }
      done += 1;
      progress(done, all);
    };
    const work = async () => {
      while (left.length) {
        await keepOne(left.shift());
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return size;
  };

  const inWords = (error) => {
    if (error instanceof offline.CannotKeep) {
      return error;
    }
    const sentence = error.name === "QuotaExceededError"
      ? "There isn’t enough room on this device. Remove another book, or free some space, and try again."
      : "The book couldn’t be kept. Check your connection and try again.";
    return new offline.CannotKeep(sentence, { cause: error });
  };

  // Keep a book, or its new edition, from what /books/<id>/offline.json says; all of it or nothing. Throws CannotKeep.
  offline.keep = async (manifest, progress = () => {}) => {
    const { account, book, title, language, edition, place } = manifest;
    const name = `${PREFIX}${account}-${book}-${Date.now()}`;
    const old = await offline.book(book);
    if (!old && (await offline.books()).length >= MOST) {
      throw new offline.CannotKeep(`A device keeps up to ${MOST} books. Remove one to make room.`);
    }
    try {
      const cache = await caches.open(name);
      const size = await keepParts(manifest, cache, progress);
      await keepList(account);
      const now = Date.now();
      const row = { id: book, account, title, language, edition, size, cache: name, kept: now, seen: now };
      await offline.saveBook({ place, elsewhere: null, ...old, ...row });
    } catch (error) {
      await caches.delete(name);
      throw inWords(error);
    }
    if (old) {
      await caches.delete(old.cache);
    }
  };

  // Remove what is left when no book is kept any more. The worker goes too, unless changes wait to be sent.
  const clear = async (registration) => {
    for (const name of await caches.keys()) {
      if (name.startsWith(PREFIX)) {
        await caches.delete(name);
      }
    }
    if (!(await offline.changes()).length) {
      await registration?.unregister();
    }
  };
  // After a book could not be kept.
  offline.tidy = async () => {
    if (!(await offline.books()).length) {
      await clear(await navigator.serviceWorker.getRegistration());
    }
  };
  offline.forget = async (ids, registration) => {
    for (const id of ids) {
      const book = await offline.book(id);
      await offline.deleteBook(id);
      await caches.delete(book?.cache ?? "");
    }
    if (!(await offline.books()).length) {
      await clear(registration);
    }
  };
})();
