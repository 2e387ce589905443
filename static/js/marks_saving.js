// Sends marks to the server, and shows its answer: the fresh list of marks, or the sentence that says what is wrong.
(() => {
  globalThis.reader ??= {};
  const marks = (reader.marks ??= {});
  const status = document.querySelector("[data-marks-status]");
  const FAILED = "We couldn’t save that. Check your connection and try again.";
  const READABLE = 10_000;

  // Say what happened, with a button to undo it if there is one.
  let timer = 0;
  marks.say = (sentence, undo = null) => {
    clearTimeout(timer);
    status.replaceChildren(sentence);
    if (undo) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "link-button";
      button.textContent = "Undo";
      button.addEventListener("click", undo);
      status.append(" ", button);
      return;
    }
    timer = setTimeout(() => status.replaceChildren(), READABLE);
  };

  const answerTo = async (address, fields, list) => {
    const body = new URLSearchParams(fields);
    if (list) {
      body.set("beside", list.dataset.marks);
    }
    const headers = { Accept: "application/json" };
    const answer = await fetch(address, { method: "POST", body, headers, redirect: "manual", keepalive: true });
    const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
    return isJson ? answer.json() : { error: FAILED };
  };

  // Send fields to an address. Returns the answer, with the mark's id; null after saying what is wrong.
  marks.send = async (address, fields) => {
    const list = document.querySelector("[data-marks]");
    const answer = await answerTo(address, fields, list).catch(() => ({ error: FAILED }));
    if (answer.error) {
      marks.say(answer.error);
      return null;
    }
    if (answer.waits) {
      // The book is kept on this device, which is offline.
      marks.showWaiting(answer.waits);
      marks.draw();
    } else if (list) {
      const fresh = new DOMParser().parseFromString(answer.marks, "text/html").querySelector("[data-marks]");
      list.replaceWith(fresh);
      marks.draw();
    }
    return answer;
  };

  const form = document.querySelector("[data-bookmark-form]");
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await marks.send(form.action, new FormData(form))) {
      form.querySelector("textarea").value = "";
      marks.say("Your bookmark is saved.");
    }
  });
})();
