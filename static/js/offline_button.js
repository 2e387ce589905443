// Offers, on the page of a book that the reader owns, to keep it on this device. The shop is asked for the size only when
// somebody opens the offer; the service worker is registered only when somebody accepts it.
(() => {
  const { offline } = globalThis;
  const offer = document.querySelector("[data-offline]");
  if (!offer || !navigator.serviceWorker || !globalThis.caches) {
    return;
  }
  const { book } = offer.dataset;
  const label = offer.querySelector("summary");
  const [keep, remove] = ["[data-keep]", "[data-remove]"].map((each) => offer.querySelector(each));
  const bar = offer.querySelector("progress");
  const status = offer.querySelector("[role=status]");

  const show = async () => {
    const kept = await offline.book(book);
    label.textContent = kept ? "Kept on this device" : "Keep on this device";
    keep.hidden = Boolean(kept);
    remove.hidden = !kept;
    bar.hidden = true;
  };
  const ask = async () => {
    const answer = await fetch(offer.dataset.offline, { headers: { Accept: "application/json" }, redirect: "manual" });
    if (!answer.ok) {
      throw new offline.CannotKeep("You’re not logged in any more. Log in and try again.");
    }
    return answer.json();
  };
  const say = (error) => {
    const isKnown = error instanceof offline.CannotKeep;
    status.textContent = isKnown ? error.message : "We couldn’t reach the shop. Check your connection and try again.";
  };

  offer.addEventListener("toggle", async () => {
    if (offer.open && !keep.hidden) {
      try {
        keep.textContent = `Keep on this device (about ${offline.megabytes((await ask()).size, offer.dataset.tenth)})`;
      } catch (error) {
        say(error);
      }
    }
  });
  keep.addEventListener("click", async () => {
    keep.disabled = true;
    bar.hidden = false;
    bar.value = 0;
    try {
      const manifest = await ask();
      await navigator.serviceWorker.register("/service-worker.js");
      // Without it, the browser may remove books when space is short.
      navigator.storage?.persist?.().catch(() => {});
      await offline.keep(manifest, (done, all) => {
        bar.max = all;
        bar.value = done;
        status.textContent = `Keeping it: ${done} of ${all} parts.`;
      });
      await show();
      status.textContent = "You can read it without a connection now.";
      remove.focus();
    } catch (error) {
      say(error);
      bar.hidden = true;
      await offline.tidy();
    }
    keep.disabled = false;
  });
  remove.addEventListener("click", async () => {
    await offline.forget([book], await navigator.serviceWorker.getRegistration());
    await show();
    status.textContent = "It’s no longer on this device.";
    keep.focus();
  });

  offer.hidden = false;
  // The browser's tables are not opened, and so not made, for readers who keep nothing.
  navigator.serviceWorker.getRegistration().then((known) => known && show()).catch(() => {});
})();
