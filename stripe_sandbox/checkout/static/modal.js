/* The modal: asks for a card, exchanges it for a token and hands the token to the page. */
(() => {
  "use strict";

  const HOST = new URLSearchParams(location.search).get("origin");
  const { attach, digits } = window.cardFields;
  const $ = (id) => document.getElementById(id);
  const form = $("payment");
  const submitButton = $("submitButton");
  const FIELD_OF_PARAM = {
    number: "card_number", exp_month: "cc-exp", exp_year: "cc-exp", cvc: "cc-csc",
    address_zip: "billing-zip",
  };
  let options = {};
  let payLabel = "";

  const tellHost = (message) => parent.postMessage(message, HOST);

  /* ---- words ---- */

  const money = ({ amount, currency = "USD", locale }) => {
    const language = locale === "auto" ? navigator.language : (locale || "en").replace("_", "-");
    const format = new Intl.NumberFormat([language, "en"], { style: "currency", currency });
    const decimals = format.resolvedOptions().maximumFractionDigits;
    return format.format(amount / 10 ** decimals);
  };

  const labelOf = ({ panelLabel = "Pay {{amount}}" }, price) => {
    const label = panelLabel.includes("{{amount}}") ? panelLabel : `${panelLabel} {{amount}}`;
    return label.replace("{{amount}}", price).trim();
  };

  const show = (given, dark) => {
    options = given;
    const price = options.amount === undefined ? "" : money(options);
    payLabel = labelOf(options, price);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    $("shop-name").textContent = options.name || "Payment";
    $("description").textContent = options.description ?? "";
    $("amount").textContent = price;
    $("image").hidden = !options.image;
    if (options.image) $("image").src = options.image;
    $("known-email").hidden = !options.email;
    $("known-email").textContent = options.email ?? "";
    $("email-field").hidden = Boolean(options.email);
    $("zip-field").hidden = !options.zipCode;
    submitButton.firstElementChild.textContent = payLabel;
    $("modal").hidden = false;
    $(options.email ? "card_number" : "email").focus();
  };

  /* ---- typing ---- */

  attach();

  /* ---- errors ---- */

  const setError = (input, message) => {
    $(`${input.id}-error`).textContent = message;
    if (message) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  const inputs = () => [...form.querySelectorAll("input")].filter((one) => one.offsetParent);

  form.addEventListener("input", ({ target }) => {
    setError(target, "");
    $("payment-error").textContent = "";
  });

  const complaintAbout = (input) => {
    const value = input.value.trim();
    switch (input.id) {
      case "email": return /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value) ? "" : "Enter your email address.";
      case "card_number": return value ? "" : "Enter your card number.";
      case "cc-exp": return digits(value).length === 4 ? "" : "Enter the date as MM / YY.";
      case "cc-csc": return value ? "" : "Enter the security code.";
      default: return value ? "" : "Enter your postal code.";
    }
  };

  const fieldsAreFilled = () => {
    for (const input of inputs()) setError(input, complaintAbout(input));
    const wrong = form.querySelector("[aria-invalid]");
    wrong?.focus();
    return !wrong;
  };

  const showRefusal = ({ param, message }) => {
    const input = $(FIELD_OF_PARAM[param?.replace(/^card\[(.*)\]$/, "$1")]);
    if (!input) {
      $("payment-error").textContent = message;
      return;
    }
    setError(input, message);
    input.focus();
  };

  /* ---- the token ---- */

  const typedCard = () => {
    const [month, year] = $("cc-exp").value.split("/");
    const body = new URLSearchParams({
      "card[number]": digits($("card_number").value),
      "card[exp_month]": digits(month),
      "card[exp_year]": digits(year),
      "card[cvc]": $("cc-csc").value,
    });
    if (options.zipCode) body.set("card[address_zip]", $("billing-zip").value.trim());
    return body;
  };

  const createToken = async () => {
    const headers = options.key ? { Authorization: `Bearer ${options.key}` } : {};
    const answer = await fetch("/v1/tokens", { method: "POST", headers, body: typedCard() });
    return answer.json();
  };

  const setState = (state, words) => {
    submitButton.dataset.state = state;
    submitButton.disabled = state !== "";
    submitButton.setAttribute("aria-busy", String(state === "working"));
    submitButton.firstElementChild.textContent = words;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submitButton.disabled || !fieldsAreFilled()) return;
    $("payment-error").textContent = "";
    setState("working", "Checking your card…");
    const unreachable = { error: { message: "We couldn't reach the payment service. Your card was not charged. Please try again." } };
    const answer = await createToken().catch(() => unreachable);
    if (answer.error) {
      setState("", payLabel);
      showRefusal(answer.error);
      return;
    }
    setState("done", "Card accepted");
    const email = options.email ?? $("email").value.trim();
    setTimeout(() => tellHost({ type: "token", token: { ...answer, email } }), 400);
  });

  /* ---- opening and closing ---- */

  const close = () => {
    if (!submitButton.disabled) tellHost({ type: "close" });
  };

  const keepFocusInside = (event) => {
    const reachable = [$("close"), ...inputs(), submitButton];
    const [first, last] = [reachable[0], reachable.at(-1)];
    const edge = event.shiftKey ? first : last;
    if (document.activeElement !== edge && reachable.includes(document.activeElement)) return;
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  };

  $("close").addEventListener("click", close);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Tab") keepFocusInside(event);
  });
  addEventListener("message", ({ origin, source, data }) => {
    if (origin === HOST && source === parent && data.type === "open") show(data.options, data.dark);
  });
  if (HOST && parent !== window) tellHost({ type: "ready" });
})();
