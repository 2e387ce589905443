/* Card fields that group digits as you type, for the modal and the Checkout page. */
window.cardFields = (() => {
  "use strict";

  const BRANDS = [["Visa", /^4/], ["Mastercard", /^(5[1-5]|2[2-7])/], ["Amex", /^3[47]/]];
  const $ = (id) => document.getElementById(id);
  const digits = (text) => text.replace(/\D/g, "");

  const grouped = (number) => {
    const sizes = /^3[47]/.test(number) ? [4, 6, 5] : [4, 4, 4, 4, 3];
    let start = 0;
    return sizes.map((size) => number.slice(start, (start += size))).filter(Boolean).join(" ");
  };

  const dated = (text, deleting) => {
    let typed = digits(text);
    if (typed.length === 6) typed = typed.slice(0, 2) + typed.slice(4);
    if (/^[2-9]/.test(typed) || /^1\s*\//.test(text)) typed = `0${typed}`;
    typed = typed.slice(0, 4);
    if (typed.length < 2 || (typed.length === 2 && deleting)) return typed;
    return `${typed.slice(0, 2)} / ${typed.slice(2)}`;
  };

  /* Reformats a field with `shape` and keeps the caret behind the same digit. */
  const reshape = (input, shape) => {
    const atEnd = input.selectionStart === input.value.length;
    const before = digits(input.value.slice(0, input.selectionStart)).length;
    input.value = shape(input.value);
    let caret = input.value.length;
    if (!atEnd) {
      for (caret = 0; digits(input.value.slice(0, caret)).length < before;) caret += 1;
    }
    input.setSelectionRange(caret, caret);
  };

  const attach = () => {
    $("card_number").addEventListener("input", ({ target }) => {
      reshape(target, (text) => grouped(digits(text)));
      $("brand").textContent = BRANDS.find(([, start]) => start.test(target.value))?.[0] ?? "";
    });
    $("cc-exp").addEventListener("input", ({ target, inputType = "" }) => {
      reshape(target, (text) => dated(text, inputType.startsWith("delete")));
    });
    $("cc-csc").addEventListener("input", ({ target }) => {
      target.value = digits(target.value);
    });
  };

  return { attach, digits };
})();
