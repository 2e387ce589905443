// While it is not known whether a payment was made, the order page asks again every three seconds;
// the server asks Stripe each time the page is loaded.
setTimeout(() => location.reload(), 3000);
