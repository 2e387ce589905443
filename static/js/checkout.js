// Opens Stripe's checkout over the page. If anything fails, the form is submitted as it would be without a script,
// and Stripe's own page takes over.

const PATIENCE = 10_000; // milliseconds for Stripe.js to load

// Listed before Stripe.js loads, so that the frames it adds to the page stay usable.
const page = [...document.body.children].filter((element) => !element.matches("dialog, script"));
const dialog = document.querySelector("dialog.checkout");
const place = dialog.querySelector(".checkout-form");

let busy = false;
let close = () => {};

const load = (url) =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.addEventListener("load", resolve);
    script.addEventListener("error", reject);
    setTimeout(reject, PATIENCE);
    script.src = url;
    document.head.append(script);
  });

const openSession = async (form) => {
  const answer = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { Accept: "application/json" },
    credentials: "same-origin",
  });
  if (!answer.ok && answer.status !== 409) {
    throw new Error(`The shop answered ${answer.status}.`);
  }
  return answer.json();
};

const cover = (covered) => {
  for (const element of page) {
    element.inert = covered;
  }
  document.documentElement.classList.toggle("checkout-open", covered);
};

const show = (checkout, button) => {
  close = () => {
    close = () => {};
    checkout.destroy();
    dialog.close();
    cover(false);
    button.focus();
  };
  cover(true);
  // Not showModal(): it would cover the bank's frame and make it unreachable.
  dialog.show();
  checkout.mount(place);
};

const setBusy = (button, waiting) => {
  busy = waiting;
  button.setAttribute("aria-busy", String(waiting));
  button.setAttribute("aria-disabled", String(waiting));
};

const pay = async (form, button) => {
  const { stripeKey, stripeJs } = form.dataset;
  if (!window.Stripe) {
    await load(stripeJs);
  }
  const { client_secret: secret, location: elsewhere } = await openSession(form);
  if (elsewhere) {
    location.assign(elsewhere);
    return;
  }
  const stripe = window.Stripe(stripeKey);
  show(await stripe.createEmbeddedCheckoutPage({ fetchClientSecret: async () => secret }), button);
  setBusy(button, false);
};

for (const form of document.querySelectorAll("form[data-stripe-key]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) {
      return;
    }
    const button = form.querySelector("button");
    setBusy(button, true);
    try {
      await pay(form, button);
    } catch {
      form.submit();
    }
  });
}

dialog.querySelector(".checkout-close").addEventListener("click", () => close());
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") {
    close();
  }
});
// A page restored from the browser's back/forward cache may show a checkout that has ended.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) {
    location.reload();
  }
});
