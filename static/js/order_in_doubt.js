// While the outcome of a payment is unknown, the order page reloads itself; the server asks Stripe on each load.
const { seconds } = document.currentScript.dataset;
setTimeout(() => location.reload(), seconds * 1000);
