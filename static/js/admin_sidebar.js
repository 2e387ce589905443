// Shows and hides the list of pages beside a page of the admin, and remembers which it was.
(() => {
  const button = document.getElementById("toggle-nav-sidebar");
  if (!button || !document.getElementById("nav-sidebar")) {
    return;
  }
  const show = (shown) => {
    document.getElementById("main").classList.toggle("shifted", shown);
    button.setAttribute("aria-expanded", shown);
    localStorage.setItem("admin-sidebar", shown);
  };
  button.setAttribute("aria-controls", "nav-sidebar");
  button.hidden = false;
  button.addEventListener("click", () => show(button.getAttribute("aria-expanded") !== "true"));
  show(localStorage.getItem("admin-sidebar") !== "false");
})();
