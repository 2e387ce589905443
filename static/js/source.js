// Takes what brought a visitor here along through the visit, so that an order can say it: the tags of a link (utm_…) and
// the host of another site's page with the link. A page whose address does not say them learns them from the page before,
// and says them in its address when it is left, by a link or a form. Nothing is kept in the browser. Without this script
// only the page that the link leads to, and the next, know it (orders/sources.py).
(() => {
  const PREFIX = "utm_";
  const tagsIn = ({ search }) => [...new URLSearchParams(search)].filter(([name]) => name.startsWith(PREFIX));
  const before = document.referrer ? new URL(document.referrer) : location;
  const isOurs = before.hostname === location.hostname;
  const isStripes = `.${before.hostname}`.endsWith(".stripe.com");
  const said = tagsIn(location);
  const learned = isOurs && !said.length ? tagsIn(before) : [];
  if (!isOurs && !isStripes && !said.some(([name]) => name === `${PREFIX}referrer`)) {
    learned.push([`${PREFIX}referrer`, before.hostname.replace(/^www\./, "")]);
  }
  if (!learned.length || navigator.globalPrivacyControl || navigator.doNotTrack === "1") {
    return;
  }
  const ways = ["click", "auxclick", "contextmenu", "submit"];
  const leave = ({ type, target }) => {
    if (type !== "submit" && target.closest?.("a[href]")?.origin !== location.origin) {
      return;
    }
    const address = new URL(location);
    for (const [name, value] of learned) {
      address.searchParams.append(name, value);
    }
    history.replaceState(history.state, "", address);
    for (const way of ways) {
      document.removeEventListener(way, leave, { capture: true });
    }
  };
  for (const way of ways) {
    document.addEventListener(way, leave, { capture: true });
  }
})();
