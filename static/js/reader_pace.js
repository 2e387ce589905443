// How fast somebody reads this book, and how long the rest of the chapter and of the book takes them at that pace.
// The pace is measured while they read on, and kept in the account with their place; until it is known, it is the usual
// one. Without this script nothing is said about it.
(() => {
  const { page, geometry } = reader;
  const progress = page.querySelector(".reader-progress");
  const left = progress.querySelector("[data-time-left]");
  const own = page.querySelector("[data-own-pace]");
  const { start, end, length } = progress.dataset;
  // In characters a minute: anything else is no reading. The server has the same bounds (books/reading/pace.py).
  const [SLOWEST, FASTEST] = [200, 6_000];
  // In milliseconds. Shorter than this, much of what was read is on the screen still.
  const MEASURED = 20_000;
  // In characters: what has been read before these hardly counts any more.
  const MEMORY = 15_000;
  const MINUTE = 60_000;
  // In minutes: longer than this is said in hours.
  const HOURS = 90;

  let pace = Number(own?.value) || Number(progress.dataset.pace);

  const inWords = (minutes) => {
    if (minutes < HOURS) {
      return `${Math.max(Math.ceil(minutes), 1)} min`;
    }
    return `${Math.round(minutes / 60)} h`;
  };
  const show = () => {
    const here = Number(start) + (end - start) * reader.here();
    const [chapter, book] = [end - here, 1 - here].map((share) => (share * length) / pace);
    const isLast = Number(end) > 0.999999;
    const parts = [
      ...(reader.here() < 1 && !isLast ? [`${inWords(chapter)} left in chapter`] : []),
      ...(here < 1 ? [`${inWords(book)} ${reader.here() < 1 && !isLast ? "" : "left "}in book`] : []),
    ];
    left.textContent = parts.map((part) => ` · ${part}`).join("");
  };

  // What is being measured: from where, since when.
  let begun = null;
  const begin = () => {
    begun = { fraction: reader.here(), at: Date.now() };
  };
  const measure = () => {
    const characters = (reader.here() - begun.fraction) * geometry.length;
    const minutes = (Date.now() - begun.at) / MINUTE;
    if (characters < 0 || characters > FASTEST * Math.max(minutes, MEASURED / MINUTE)) {
      // Back, or on at a leap.
      begin();
      return;
    }
    const measured = characters / minutes;
    if (minutes * MINUTE < MEASURED || measured > FASTEST) {
      return;
    }
    if (measured >= SLOWEST) {
      pace += (measured - pace) * (characters / (characters + MEMORY));
      if (own) {
        own.value = pace.toFixed(1);
      }
    }
    begin();
  };

  begin();
  show();
  page.addEventListener("reader-moved", () => {
    measure();
    show();
  });
  addEventListener("hashchange", begin);
  document.addEventListener("visibilitychange", begin);
  // The browser may go to where the address leads only now.
  addEventListener("load", () => {
    begin();
    show();
  });
})();
