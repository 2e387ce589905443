// While it is not known whether a payment was made, the order page asks again; the server asks Stripe each time
// the page is loaded.
const { seconds } = document.currentScript.dataset;
setTimeout(() => location.reload(), seconds * 1000);
