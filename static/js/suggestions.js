// Suggestions below a search field while somebody types, as a combobox: the arrow keys choose, Enter follows, Escape
// closes (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/). Without this script the field is an ordinary form.
(() => {
  const SHORTEST = 2;
  const PAUSE = 150; // milliseconds: longer than between two letters of a fast typist

  for (const input of document.querySelectorAll("[data-suggestions]")) {
    suggestFor(input);
  }

  function suggestFor(input) {
    const list = document.createElement("div");
    list.id = `${input.id}-suggestions`;
    list.className = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Suggestions");
    list.hidden = true;
    input.form.append(list);

    // HTML allows this role on a text field, not on a search field.
    input.type = "text";
    input.enterKeyHint = "search";
    input.autocomplete = "off";
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");

    // On a phone the form is a popover: whoever opens it wants to type.
    input.form.addEventListener("toggle", (event) => {
      if (event.target === input.form && event.newState === "open") {
        input.focus();
      }
    });

    let options = [];
    let active = -1;
    let timer;
    let request = new AbortController();

    const activate = (number) => {
      options[active]?.setAttribute("aria-selected", "false");
      active = number;
      options[active]?.setAttribute("aria-selected", "true");
      options[active]?.scrollIntoView({ block: "nearest" });
      if (active < 0) {
        input.removeAttribute("aria-activedescendant");
      } else {
        input.setAttribute("aria-activedescendant", options[active].id);
      }
    };
    const show = (isOpen) => {
      activate(-1);
      list.hidden = !isOpen;
      input.setAttribute("aria-expanded", String(isOpen));
    };
    const close = () => {
      clearTimeout(timer);
      request.abort();
      show(false);
    };
    const fill = (groups) => {
      list.replaceChildren(...groups.map((group) => groupOf(group)));
      options = [...list.querySelectorAll("[role=option]")];
      options.forEach((option, number) => {
        option.id = `${list.id}-${number}`;
      });
      show(options.length > 0);
    };
    const ask = async () => {
      request = new AbortController();
      const address = `${input.dataset.suggestions}?${new URLSearchParams({ q: input.value.trim() })}`;
      try {
        const answer = await fetch(address, { signal: request.signal });
        fill(answer.ok ? (await answer.json()).groups : []);
      } catch {
        // Typed on, or no network: the form works all the same.
      }
    };

    input.addEventListener("input", () => {
      clearTimeout(timer);
      request.abort();
      if (input.value.trim().length < SHORTEST) {
        close();
      } else {
        timer = setTimeout(ask, PAUSE);
      }
    });
    input.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (list.hidden || event.isComposing) {
        return;
      }
      if (step) {
        // One more than there are options: before the first and after the last, none is chosen.
        const count = options.length + 1;
        activate(((active + 1 + step + count) % count) - 1);
      } else if (event.key === "Enter" && active >= 0) {
        options[active].click();
      } else if (event.key === "Escape") {
        close();
      } else {
        return;
      }
      event.preventDefault();
    });
    // The field keeps the focus while an option is clicked.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    input.addEventListener("blur", close);
  }

  function groupOf({ label, options }) {
    const group = document.createElement("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", label);
    const heading = document.createElement("div");
    heading.className = "suggestions-heading";
    heading.setAttribute("aria-hidden", "true");
    heading.textContent = label;
    group.append(heading, ...options.map((option) => optionOf(option)));
    return group;
  }

  function optionOf({ text, address, language }) {
    const option = document.createElement("a");
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.tabIndex = -1;
    option.href = address;
    option.lang = language || document.documentElement.lang;
    option.dir = "auto";
    option.textContent = text;
    return option;
  }
})();
