// Names the fields that select2 draws over the admin's lists of choices, for which it knows no label.
(() => {
  const name = (select) => {
    const [label] = select.labels;
    const drawn = select.nextElementSibling;
    label.id = `${select.id}-label`;
    label.removeAttribute("for");
    drawn.querySelectorAll("[role=combobox], [role=textbox]").forEach((each) => {
      each.setAttribute("aria-labelledby", `${label.id} ${each.getAttribute("aria-labelledby") ?? ""}`.trim());
    });
    drawn.querySelectorAll("input").forEach((each) => {
      each.setAttribute("aria-labelledby", label.id);
      each.removeAttribute("role");
    });
  };
  const nameAll = (part) => part.querySelectorAll(".admin-autocomplete.select2-hidden-accessible").forEach(name);

  // Both after admin/js/autocomplete.js, which is loaded earlier and waits for the same.
  window.django?.jQuery?.(() => nameAll(document));
  document.addEventListener("formset:added", (event) => nameAll(event.target));
})();
