// Deletes a mark at once, with a way to undo it: the shop hands the mark to this page, sealed, and takes it back as it
// was. Without this script a page asks first.
(() => {
  globalThis.reader ??= {};
  const marks = (reader.marks ??= {});
  // Marks deleted offline, once the worker has sent that: sealed, by the address that undoes it.
  marks.sealed = {};

  const token = () => ({ csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value });

  marks.remove = async (item) => {
    const { kind, undo } = item.dataset;
    const isOnPageOfAll = !item.closest("[data-marks]");
    const answer = await marks.send(item.querySelector("[data-mark-delete]").href, token());
    if (!answer) {
      return;
    }
    if (isOnPageOfAll) {
      item.remove();
    }
    marks.say(`Your ${kind} is deleted.`, async () => {
      const deleted = answer.deleted ?? marks.sealed[undo] ?? "";
      if (!(await marks.send(undo, { ...token(), deleted }))) {
        return;
      }
      marks.say(`Your ${kind} is back.`);
      if (isOnPageOfAll) {
        location.reload();
      }
    });
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-mark-delete]");
    const item = link?.closest("[data-mark]");
    if (item) {
      event.preventDefault();
      marks.remove(item);
    }
  });
})();
