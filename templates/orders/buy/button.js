// Links to {{ shop_name|escapejs }}'s offers (…/buy/…/) open them over the page they are on. Without this script they are
// ordinary links. It keeps nothing and asks nobody but the shop, and only once somebody clicks.
(() => {
  const shop = new URL(document.currentScript.src).origin;

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !isPlain || event.defaultPrevented || !HTMLDialogElement.prototype.showModal) {
      return;
    }
    const address = new URL(link.href);
    if (address.origin === shop && /^\/buy\/[-\w]+\/$/.test(address.pathname)) {
      event.preventDefault();
      open(address, link.textContent.trim());
    }
  });

  function open(address, title) {
    address.searchParams.set("embed", "");
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-label", title);
    Object.assign(dialog.style, { border: "0", borderRadius: "8px", padding: "0", width: "min(22rem, 92vw)" });

    const frame = document.createElement("iframe");
    frame.src = address;
    frame.title = title;
    Object.assign(frame.style, { border: "0", display: "block", width: "100%", height: "min(27rem, 75vh)" });

    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Close";
    Object.assign(close.style, { width: "100%", minHeight: "44px", border: "0", font: "inherit", cursor: "pointer" });
    close.addEventListener("click", () => dialog.close());
    // A click beside it; one inside is the frame's.
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) {
        dialog.close();
      }
    });
    dialog.addEventListener("close", () => dialog.remove());

    dialog.append(frame, close);
    document.body.append(dialog);
    dialog.showModal();
  }
})();
