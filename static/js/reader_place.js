// The reader's place, which is kept in the account. It moves by reading on and by nothing else: not by opening a
// chapter, following a link, looking at a search result or the contents, or scrolling through the text.
// docs/decisions/0024-the-place-moves-by-reading.md says why it is so; books/models/reading.py decides between devices.
(() => {
  const { page, geometry, opened } = reader;
  const form = page.querySelector("[data-keep-place]");
  if (!form) {
    // A visitor, who has no account to keep a place in.
    return;
  }
  const away = page.querySelector("[data-left-off]");
  const elsewhere = page.querySelector("[data-elsewhere]");
  const status = page.querySelector("[data-reader-status]");
  // Text that has been in view for this long has been read, in milliseconds.
  const READ = 2000;
  // How far one reads on at once, in screens. Farther, or faster than one screen a second, is a leap.
  const STRIDE = 2;
  const SCREENS_PER_SECOND = 1;
  // Whoever has read on for so many screens and milliseconds after a leap has come to stay.
  const STAYED_SCREENS = 3;
  const STAYED = 60_000;
  const SAME = 0.0005;
  // Between two messages while the text keeps moving, in milliseconds.
  const BREAK = 10_000;
  const TURNED = "bookstore-turned-to";

  const chapter = Number(form.elements.chapter.value);
  const progress = page.querySelector(".reader-progress").dataset;
  const percentAt = (fraction) => Math.floor((Number(progress.start) + (progress.end - progress.start) * fraction) * 100 + 1e-6);
  // Where the account has the reader. Version 0: nowhere yet.
  let place = {
    version: Number(form.elements.version.value),
    chapter: Number(form.dataset.chapter || chapter),
    fraction: Number(form.dataset.fraction || opened.fraction),
    percent: Number(form.dataset.percent),
    address: form.dataset.address,
  };

  // In screens from the place to what is in view; infinite in another chapter.
  const distance = () => {
    if (place.chapter === chapter) {
      return geometry.screens(place.fraction, reader.here());
    }
    const isNext = place.chapter === chapter - 1 && place.fraction >= 1;
    return isNext ? geometry.screens(0, reader.here()) : Infinity;
  };
  const isAskedFor = (kept) => kept.chapter === chapter && opened.asked === Number(kept.fraction.toFixed(4));
  const isBack = () => distance() >= -1 && distance() <= 0.1;

  // What was at the top, since when: the last that has been there for READ, and what came after it.
  let trail = [{ fraction: opened.fraction, since: Date.now() }];
  let isReading = true;
  let allowance = STRIDE;
  // Since the last leap: when it was, and how many screens the reader has read on.
  let leapt = { at: 0, screens: 0 };
  const leap = () => {
    isReading = false;
    leapt = { at: Date.now(), screens: 0 };
    trail = [{ fraction: reader.here(), since: Date.now() }];
    // Whoever has finished the book has no place to go back to.
    away.hidden = place.version === 0 || place.percent === 100;
    away.querySelector("a").href = place.address;
    away.querySelector("a").textContent = `Back to ${reader.percentage(place.percent)}`;
  };
  const comeBack = () => {
    isReading = true;
    allowance = STRIDE;
    away.hidden = true;
  };
  // Another device has moved the place.
  const adopt = (kept) => {
    place = kept;
    if (isBack()) {
      comeBack();
    } else {
      leap();
    }
  };

  let [isSending, isAsking, hasFailed, retryAt] = [false, false, false, 0];
  const send = async (fraction, how, since = Date.now()) => {
    isSending = true;
    form.elements.fraction.value = fraction.toFixed(6);
    form.elements.version.value = place.version;
    const body = new URLSearchParams(new FormData(form));
    body.set("how", how);
    body.set("age", ((Date.now() - since) / 1000).toFixed(1));
    const headers = { Accept: "application/json" };
    let answer = null;
    try {
      // A reader who is no longer logged in is redirected, and nothing is saved.
      answer = await fetch(form.action, { method: "POST", body, headers, keepalive: true, redirect: "manual" });
    } catch {
      answer = null;
    }
    isSending = false;
    retryAt = Date.now() + BREAK;
    if (answer?.status === 409) {
      compare(await answer.json());
    } else if (answer?.ok) {
      const version = Number(answer.headers.get("Place-Version"));
      place = { version, chapter, fraction, percent: percentAt(fraction), address: `${location.pathname}?at=${fraction.toFixed(4)}` };
      page.dispatchEvent(new CustomEvent("reader-place", { detail: place }));
    }
    hasFailed = !(answer?.ok || answer?.status === 409);
    report();
  };
  const report = () => {
    form.hidden = !hasFailed;
    if (hasFailed) {
      form.removeAttribute("data-without-script");
      form.querySelector("button").textContent = "Your place isn’t saved. Try again";
      status.textContent = "Your place isn’t saved.";
    }
  };

  // Another device has moved the place to `kept`. If it is further on there, the reader says which one counts.
  const compare = (kept) => {
    const isMine = kept.chapter === chapter && Math.abs(kept.fraction - reader.here()) < SAME;
    const isFurther = kept.chapter > chapter || (kept.chapter === chapter && kept.fraction > reader.here());
    place = { ...place, version: kept.version };
    if (!isFurther || isMine) {
      adopt(kept);
      return;
    }
    isAsking = true;
    elsewhere.querySelector("p").textContent = `You read on to ${reader.percentage(kept.percent)} on another device.`;
    elsewhere.querySelector("a").href = kept.address;
    elsewhere.hidden = false;
  };
  const settle = () => {
    comeBack();
    send(reader.here(), "chosen");
  };
  elsewhere.querySelector("button").addEventListener("click", () => {
    elsewhere.hidden = true;
    isAsking = false;
    settle();
  });
  away.querySelector("button").addEventListener("click", () => {
    settle();
    status.textContent = `Your place is at ${reader.percentage(percentAt(reader.here()))} now.`;
  });
  away.querySelector("a").addEventListener("click", (event) => {
    if (place.chapter === chapter) {
      event.preventDefault();
      geometry.go(place.fraction);
    }
  });

  page.addEventListener("reader-moved", () => {
    const now = Date.now();
    const last = trail.at(-1);
    const fraction = reader.here();
    const moved = geometry.screens(last.fraction, fraction);
    allowance = Math.min(allowance + ((now - last.since) / 1000) * SCREENS_PER_SECOND, STRIDE);
    trail.push({ fraction, since: now });
    if (!isReading && isBack()) {
      comeBack();
    } else if (moved > allowance || (isReading && (distance() < -1 || (reader.isArriving() && !isBack())))) {
      leap();
    } else if (moved > 0) {
      allowance -= moved;
      leapt.screens += moved;
    }
  });
  // A link within the chapter, from its contents or to a note.
  addEventListener("hashchange", () => {
    reader.look();
    if (!isBack()) {
      leap();
    }
  });

  // The text that has been in view for READ begins here; null if nothing has.
  const read = () => {
    const before = Date.now() - READ;
    while (trail.length > 1 && trail[1].since <= before) {
      trail.shift();
    }
    return trail[0].since <= before ? { ...trail[0], fraction: Math.min(trail[0].fraction, reader.here()) } : null;
  };
  // Whether the reader, who leapt somewhere else, has gone on reading there. By itself the place never goes back.
  const hasStayed = (fraction) => {
    const isAhead = chapter > place.chapter || (chapter === place.chapter && fraction > place.fraction);
    const isLong = leapt.screens >= STAYED_SCREENS && Date.now() - leapt.at >= STAYED;
    return isLong && (isAhead || place.percent === 100);
  };
  const readOn = () => {
    const { fraction, since } = read() ?? {};
    const isResting = trail.length === 1 && !hasFailed;
    if (fraction === undefined || isSending || isAsking || (Date.now() < retryAt && !isResting)) {
      return;
    }
    if (!isReading && hasStayed(fraction)) {
      comeBack();
      send(fraction, "read", since);
    } else if (isReading && (chapter !== place.chapter || fraction > place.fraction + SAME)) {
      send(fraction, "read", since);
    }
  };
  setInterval(() => document.visibilityState === "visible" && readOn(), 500);

  // Coming back to a page, perhaps after reading on elsewhere.
  const ask = async () => {
    const answer = await fetch(form.action, { headers: { Accept: "application/json" }, redirect: "manual" });
    const kept = answer.ok ? await answer.json() : place;
    if (kept.version > place.version && !isSending) {
      compare(kept);
    }
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      ask().catch(() => {});
    } else {
      readOn();
    }
  });
  // The worker of books kept offline may find out too.
  reader.compareDevices = () => ask().catch(() => {});
  addEventListener("pagehide", readOn);
  addEventListener("pageshow", ({ persisted }) => persisted && ask().catch(() => {}));

  // Going on to the next chapter is reading on, if the reader has been at their place.
  page.querySelector("[rel=next]")?.addEventListener("click", ({ target }) => {
    if (isReading) {
      sessionStorage.setItem(TURNED, target.closest("a").pathname);
    }
  });
  const hasTurned = sessionStorage.getItem(TURNED) === location.pathname && !opened.asked;
  sessionStorage.removeItem(TURNED);
  if (hasTurned) {
    send(opened.fraction < 1 ? opened.fraction : 0, "read");
  } else if (place.version && !(opened.asked ? isAskedFor(place) : isBack())) {
    leap();
  } else {
    comeBack();
  }
})();
