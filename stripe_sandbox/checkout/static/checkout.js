/* The classic Checkout: a button in a form opens a modal, and the modal's token is posted with the form. */
(() => {
  "use strict";

  const script = document.currentScript;
  const ORIGIN = new URL(script.src).origin;

  const loadStylesheet = () => {
    const href = `${ORIGIN}/checkout/button.css`;
    if (document.querySelector(`link[href="${href}"]`)) return;
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    document.head.append(link);
  };

  const prefersDark = () => {
    const scheme = getComputedStyle(document.documentElement).colorScheme;
    if (scheme === "dark" || scheme === "light") return scheme === "dark";
    return scheme.includes("dark") && matchMedia("(prefers-color-scheme: dark)").matches;
  };

  const createFrame = (title) => {
    const frame = document.createElement("iframe");
    frame.name = "stripe_checkout_app";
    frame.className = "stripe_checkout_app";
    frame.title = title;
    frame.src = `${ORIGIN}/checkout/modal?origin=${encodeURIComponent(location.origin)}`;
    // A frame is transparent only as long as both documents have the same colour scheme.
    Object.assign(frame.style, {
      position: "fixed", inset: "0", width: "100%", height: "100%", border: "0", margin: "0",
      zIndex: "2147483647", colorScheme: "light", background: "transparent",
    });
    return frame;
  };

  /* Makes everything but the frame unreachable; returns a function that undoes it. */
  const coverPage = (frame) => {
    const covered = [...document.body.children].filter((one) => one !== frame && !one.inert);
    const overflow = document.documentElement.style.overflow;
    for (const one of covered) one.inert = true;
    document.documentElement.style.overflow = "hidden";
    return () => {
      for (const one of covered) one.inert = false;
      document.documentElement.style.overflow = overflow;
    };
  };

  /* One history entry while the modal is open, so that Back closes it and stays on the page. */
  const enterHistory = (onBack) => {
    history.pushState({ stripeCheckout: true }, "");
    addEventListener("popstate", onBack, { once: true });
    return () => {
      removeEventListener("popstate", onBack);
      // The page's own popstate listener may have called close() after the browser went back.
      if (!history.state?.stripeCheckout) return Promise.resolve();
      return new Promise((resolve) => {
        addEventListener("popstate", resolve, { once: true });
        setTimeout(resolve, 500);
        history.back();
      });
    };
  };

  let overlay = null;
  // Resolves once the history entry of a closed modal is gone. A modal opened before that would
  // take this step back for its own and close.
  let leaving = null;

  /* Shows the modal; `onToken` is called once, after the modal has closed. */
  const openOverlay = async (options, { onToken, onOpened, onClosed }) => {
    await leaving;
    if (overlay) return;
    const opener = document.activeElement;
    const frame = createFrame(options.name ? `Payment to ${options.name}` : "Payment");

    const tellFrame = () => {
      frame.contentWindow.postMessage({ type: "open", options, dark: prefersDark() }, ORIGIN);
      frame.focus();
      onOpened?.();
    };
    const takeAway = () => {
      removeEventListener("message", receive);
      removeEventListener("keydown", closeOnEscape);
      uncover();
      frame.remove();
      overlay = null;
      opener?.focus();
    };
    const close = async (token) => {
      if (!overlay) return;
      takeAway();
      leaving = leaveHistory();
      await leaving;
      if (token) onToken(token);
      onClosed?.();
    };
    const receive = ({ origin, source, data }) => {
      if (origin !== ORIGIN || source !== frame.contentWindow) return;
      if (data.type === "ready") tellFrame();
      if (data.type === "close") close();
      if (data.type === "token") close(data.token);
    };

    const closeOnEscape = ({ key }) => {
      if (key === "Escape") close();
    };

    overlay = { close };
    addEventListener("keydown", closeOnEscape);
    addEventListener("message", receive);
    document.body.append(frame);
    const uncover = coverPage(frame);
    const leaveHistory = enterHistory(() => {
      takeAway();
      onClosed?.();
    });
  };

  const absolute = (address) => address && new URL(address, document.baseURI).href;

  window.StripeCheckout ??= {
    configure: (configured = {}) => ({
      open: (given = {}) => {
        const { token, opened, closed, ...options } = { ...configured, ...given };
        options.image = absolute(options.image);
        openOverlay(options, {
          onToken: (made) => token?.(made, {}), onOpened: opened, onClosed: closed,
        });
      },
      close: () => overlay?.close(),
    }),
  };

  const optionsOf = ({ dataset }) => ({
    key: dataset.key,
    amount: dataset.amount === undefined ? undefined : Number(dataset.amount),
    currency: dataset.currency,
    name: dataset.name,
    description: dataset.description,
    image: dataset.image,
    locale: dataset.locale,
    email: dataset.email,
    panelLabel: dataset.panelLabel,
    zipCode: dataset.zipCode === "true",
  });

  const hidden = (name, value) => {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    return input;
  };

  const addButton = () => {
    const label = script.dataset.label ?? "Pay with Card";
    const words = document.createElement("span");
    words.textContent = label;
    const button = document.createElement("button");
    button.type = "submit";
    button.className = "stripe-button-el";
    button.append(words);
    script.after(button);

    const inputs = [];
    const setWaiting = (waiting) => {
      button.disabled = waiting;
      button.setAttribute("aria-busy", String(waiting));
      words.textContent = waiting ? "Waiting for payment…" : label;
    };
    const submit = (token) => {
      inputs.push(
        hidden("stripeToken", token.id),
        hidden("stripeTokenType", token.type),
        hidden("stripeEmail", token.email),
      );
      button.form.append(...inputs);
      setWaiting(true);
      HTMLFormElement.prototype.submit.call(button.form);
    };
    const handler = window.StripeCheckout.configure({ token: submit });

    button.addEventListener("click", (event) => {
      event.preventDefault();
      if (button.form.reportValidity()) handler.open(optionsOf(script));
    });
    // A page restored from the browser's cache must not keep a used token.
    addEventListener("pageshow", ({ persisted }) => {
      if (!persisted) return;
      for (const input of inputs.splice(0)) input.remove();
      setWaiting(false);
    });
  };

  if (script.classList.contains("stripe-button")) {
    loadStylesheet();
    addButton();
  }
})();
