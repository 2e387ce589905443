// A picture is shown at its full size over the page by a click or Enter; what is larger than the window scrolls.
(() => {
  const text = document.querySelector(".reader-text");
  const dialog = document.querySelector("[data-picture]");
  const frame = dialog.querySelector("[data-picture-frame]");
  const caption = document.createElement("figcaption");
  frame.after(caption);
  // In pixels, either way: a smaller one is an ornament or a letter.
  const NOTICEABLE = 96;
  // A small picture is enlarged so many times at most, beyond which it is a blur.
  const ENLARGED = 2;

  const prepare = (picture) => {
    const isPicture = Math.max(picture.naturalWidth, picture.naturalHeight) >= NOTICEABLE;
    if (!isPicture || picture.closest("a")) {
      return;
    }
    picture.alt ||= "Picture";
    picture.ariaDescription = "Enlarge";
    picture.role = "button";
    picture.tabIndex = 0;
    picture.ariaHasPopup = "dialog";
  };

  const show = (picture) => {
    const copy = new Image();
    copy.src = picture.src;
    copy.alt = picture.alt;
    const room = document.documentElement.clientWidth * 0.9;
    copy.width = Math.max(picture.naturalWidth, Math.min(picture.naturalWidth * ENLARGED, room));
    frame.replaceChildren(copy);
    caption.textContent = copy.alt;
    dialog.showModal();
    frame.focus();
  };

  for (const picture of text.querySelectorAll("img")) {
    if (picture.complete) {
      prepare(picture);
    } else {
      picture.addEventListener("load", () => prepare(picture), { once: true });
    }
  }
  const asked = ({ target }) => (target.matches?.("img[role=button]") ? target : null);
  text.addEventListener("click", (event) => {
    const picture = asked(event);
    if (picture) {
      show(picture);
    }
  });
  text.addEventListener("keydown", (event) => {
    const picture = asked(event);
    if (picture && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      show(picture);
    }
  });
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog) {
      dialog.close();
    }
  });
})();
