/* The part of Stripe.js that a shop with embedded Checkout needs. */
(() => {
  "use strict";

  const ORIGIN = new URL(document.currentScript.src).origin;
  let existing = null;

  class IntegrationError extends Error {
    name = "IntegrationError";
  }

  const createFrame = (name, title, url) => {
    const frame = document.createElement("iframe");
    Object.assign(frame, { name, title, src: url });
    frame.style.border = "0";
    frame.style.width = "100%";
    return frame;
  };

  /* The bank's question covers the shop's page, in a frame that is a child of its body. */
  const openChallenge = (url, onDone) => {
    const frame = createFrame("stripe-challenge-frame", "3-D Secure", `${url}?origin=${encodeURIComponent(location.origin)}`);
    Object.assign(frame.style, { position: "fixed", inset: "0", height: "100%", zIndex: "2147483647", background: "#fff" });
    const close = () => {
      removeEventListener("message", receive);
      frame.remove();
    };
    const receive = ({ origin, source, data }) => {
      if (origin !== ORIGIN || source !== frame.contentWindow || data.type !== "challenged") return;
      close();
      onDone();
    };
    addEventListener("message", receive);
    document.body.append(frame);
    frame.focus();
    return close;
  };

  class EmbeddedCheckoutPage {
    #frame;
    #onComplete;
    #closeChallenge = null;
    #completed = false;
    #destroyed = false;

    constructor(clientSecret, onComplete) {
      const query = new URLSearchParams({ secret: clientSecret, origin: location.origin });
      const url = `${ORIGIN}/c/embed/${clientSecret.split("_secret_")[0]}?${query}`;
      this.#frame = createFrame("embedded-checkout", "Secure payment input frame", url);
      this.#frame.style.height = "600px";
      this.#frame.style.display = "block";
      this.#onComplete = onComplete;
      addEventListener("message", this.#receive);
    }

    #receive = ({ origin, source, data }) => {
      if (origin !== ORIGIN || source !== this.#frame.contentWindow) return;
      if (data.type === "height") this.#frame.style.height = `${data.height}px`;
      if (data.type === "challenge") {
        const goOn = () => {
          this.#closeChallenge = null;
          this.#frame.contentWindow?.postMessage({ type: "challenged" }, ORIGIN);
        };
        this.#closeChallenge = openChallenge(data.url, goOn);
      }
      // Another site, such as PayPal's, cannot be shown in a frame.
      if (data.type === "leave") location.assign(data.url);
      if (data.type === "complete" && !this.#completed) {
        this.#completed = true;
        if (data.redirect) location.assign(data.redirect);
        else this.#onComplete?.();
      }
    };

    mount(place) {
      if (this.#destroyed) throw new IntegrationError("This Embedded Checkout has already been destroyed.");
      const element = typeof place === "string" ? document.querySelector(place) : place;
      if (!element) throw new IntegrationError(`The selector you specified (${place}) applies to no DOM elements that are currently on the page.`);
      element.append(this.#frame);
    }

    unmount() {
      this.#closeChallenge?.();
      this.#closeChallenge = null;
      this.#frame.remove();
    }

    destroy() {
      this.unmount();
      removeEventListener("message", this.#receive);
      this.#destroyed = true;
      if (existing === this) existing = null;
    }
  }

  const PENDING = {};

  const createEmbeddedCheckoutPage = async ({ fetchClientSecret, clientSecret, onComplete } = {}) => {
    if (existing) throw new IntegrationError("You cannot have multiple Embedded Checkout objects.");
    if (!fetchClientSecret && !clientSecret) {
      throw new IntegrationError("You must provide either fetchClientSecret or clientSecret.");
    }
    existing = PENDING;
    try {
      const secret = fetchClientSecret ? await fetchClientSecret() : clientSecret;
      if (!/^cs_\w+_secret_\w+$/.test(secret)) throw new IntegrationError("The client secret is not one of a Checkout Session.");
      existing = new EmbeddedCheckoutPage(secret, onComplete);
      return existing;
    } catch (error) {
      existing = null;
      throw error;
    }
  };

  window.Stripe = (key) => {
    if (!key) throw new IntegrationError("Please call Stripe() with your publishable key. You used an empty string.");
    if (key.startsWith("sk_")) {
      throw new IntegrationError("You should not use your secret key with Stripe.js. Please pass a publishable key instead.");
    }
    if (!key.startsWith("pk_test_")) throw new IntegrationError(`Invalid API Key provided: ${key.slice(0, 8)}…`);
    return { createEmbeddedCheckoutPage };
  };
  window.Stripe.version = "endive";
})();
