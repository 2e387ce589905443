// The bar with the price goes away while the page's own button is in sight, so that nothing is offered twice. Without this
// script it stays.
(() => {
  const bar = document.querySelector(".buy-bar");
  const button = document.querySelector(".ways-in .btn-primary");
  if (!bar || !button) {
    return;
  }
  new IntersectionObserver(([entry]) => {
    // Whoever has reached it with the keyboard keeps it until they move on.
    bar.classList.toggle("buy-bar-away", entry.isIntersecting && !bar.contains(document.activeElement));
  }).observe(button);
})();
