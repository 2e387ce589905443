// What this browser remembers of kept books and of changes made offline: two tables of IndexedDB. Pages and the service
// worker share them.
// A book: id, account, title, language, edition, size, cache (its name), kept and seen (milliseconds), place (an address),
// elsewhere (a question for the reader, or null).
// A change: order, account, book, kind ("place" or "mark"), id, address, fields, at, refused (a sentence, once the shop has said no).
(() => {
  const offline = (globalThis.offline ??= {});
  const NAME = "bookstore";

  const opened = () => new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("books", { keyPath: "id" });
      request.result.createObjectStore("changes", { keyPath: "order", autoIncrement: true });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  // Do one thing in a transaction. Returns the result of the last request that `act` makes.
  const within = async (table, mode, act) => {
    const database = await opened();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(table, mode);
        const request = act(transaction.objectStore(table));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  };
  const updated = (table, key, fields) => within(table, "readwrite", (rows) => {
    const found = rows.get(key);
    found.onsuccess = () => found.result && rows.put({ ...found.result, ...fields });
    return found;
  });

  offline.books = () => within("books", "readonly", (books) => books.getAll());
  offline.book = (id) => within("books", "readonly", (books) => books.get(id));
  offline.saveBook = (book) => within("books", "readwrite", (books) => books.put(book));
  offline.updateBook = (id, fields) => updated("books", id, fields);
  offline.deleteBook = (id) => within("books", "readwrite", (books) => books.delete(id));

  // In the order in which they were made.
  offline.changes = () => within("changes", "readonly", (changes) => changes.getAll());
  offline.addChange = (change) => within("changes", "readwrite", (changes) => changes.add(change));
  offline.updateChange = (order, fields) => updated("changes", order, fields);
  offline.deleteChange = (order) => within("changes", "readwrite", (changes) => changes.delete(order));
})();
