// Tells Stripe's classic form the address that is typed on our page, so that it need not be typed a second time.

const email = document.getElementById("buyer-email");
const stripe = document.querySelector("script.stripe-button");

const tell = () => {
  if (email.value && email.validity.valid) {
    stripe.dataset.email = email.value;
  } else {
    delete stripe.dataset.email;
  }
};

email.addEventListener("input", tell);
tell();
