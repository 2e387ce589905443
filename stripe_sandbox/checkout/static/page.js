/* The Checkout page: sends the card without leaving the page. In a frame, it also talks to the shop's page. */
(() => {
  "use strict";

  const { attach, digits } = window.cardFields;
  const $ = (id) => document.getElementById(id);
  const { page, status, redirect } = document.documentElement.dataset;
  const HOST = new URLSearchParams(location.search).get("origin");
  const FIELD_OF_PARAM = { number: "card_number", exp_month: "cc-exp", exp_year: "cc-exp", cvc: "cc-csc", email: "email" };
  const tellHost = (message) => {
    if (page === "embedded" && HOST && parent !== window) parent.postMessage(message, HOST);
  };

  const tellHeight = () => tellHost({ type: "height", height: $("sheet").offsetHeight });
  new ResizeObserver(tellHeight).observe($("sheet"));
  tellHost({ type: "ready" });
  if (status === "complete") tellHost({ type: "complete", redirect: redirect || null });

  addEventListener("message", ({ origin, source, data }) => {
    if (origin === HOST && source === parent && data.type === "challenged") location.reload();
  });

  const form = $("payment");
  if (!form) return;
  const button = $("submitButton");
  const label = button.textContent;
  attach();

  const setError = (input, message) => {
    $(`${input.id}-error`).textContent = message;
    if (message) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  const complaintAbout = ({ id, value }) => {
    switch (id) {
      case "email": return /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value.trim()) ? "" : "Enter your email address.";
      case "card_number": return value ? "" : "Enter your card number.";
      case "cc-exp": return digits(value).length === 4 ? "" : "Enter the date as MM / YY.";
      default: return value ? "" : "Enter the security code.";
    }
  };
  const fieldsAreFilled = () => {
    for (const input of form.querySelectorAll(".field input")) {
      if (input.offsetParent) setError(input, complaintAbout(input));
    }
    const wrong = form.querySelector("[aria-invalid]");
    wrong?.focus();
    return !wrong;
  };
  const showRefusal = ({ param, message }) => {
    const input = $(FIELD_OF_PARAM[param]);
    if (input?.offsetParent) {
      setError(input, message);
      input.focus();
    } else {
      $("payment-error").textContent = message;
    }
  };
  const setWaiting = (waiting) => {
    button.disabled = waiting;
    button.dataset.state = waiting ? "working" : "";
    button.setAttribute("aria-busy", String(waiting));
    button.firstElementChild.textContent = waiting ? "Processing…" : label;
  };

  form.addEventListener("input", ({ target }) => {
    if (target.closest(".field")) setError(target, "");
    $("payment-error").textContent = "";
  });
  for (const input of form.querySelectorAll(".field input")) {
    if ($(`${input.id}-error`).textContent) input.setAttribute("aria-invalid", "true");
  }

  form.addEventListener("submit", async (event) => {
    if (event.submitter?.name === "remove") return;
    event.preventDefault();
    if (button.disabled || !fieldsAreFilled()) return;
    $("payment-error").textContent = "";
    setWaiting(true);
    const unreachable = { error: { message: "We couldn't reach the payment service. Reload the page to see whether your payment went through." } };
    const sent = { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" } };
    const answer = await fetch(form.action, sent).then((one) => one.json()).catch(() => unreachable);
    if (answer.error) {
      setWaiting(false);
      showRefusal(answer.error);
    } else if (page === "hosted") {
      location.assign(answer.challenge ?? answer.next);
    } else if (answer.challenge) {
      tellHost({ type: answer.leaves ? "leave" : "challenge", url: answer.challenge });
    } else {
      location.reload();
    }
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });
})();
