// Takes what brought a visitor here along to the next pages of the visit, in their addresses, so that an order can say it:
// the tags of a link (utm_…) and the host of another site's page with the link. Nothing is kept in the browser. Without
// this script only the page that the link leads to, and the next, know it (orders/sources.py).
(() => {
  const PREFIX = "utm_";
  const tags = [...new URLSearchParams(location.search)].filter(([name]) => name.startsWith(PREFIX));
  const host = document.referrer && new URL(document.referrer).hostname;
  const isElsewhere = host && host !== location.hostname && !`.${host}`.endsWith(".stripe.com");
  if (isElsewhere && !tags.some(([name]) => name === `${PREFIX}referrer`)) {
    tags.push([`${PREFIX}referrer`, host.replace(/^www\./, "")]);
  }
  if (!tags.length || navigator.globalPrivacyControl || navigator.doNotTrack === "1") {
    return;
  }
  for (const type of ["click", "auxclick"]) {
    document.addEventListener(type, takeAlong, { capture: true });
  }

  function takeAlong(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || link.origin !== location.origin || isWithinThisPage(link)) {
      return;
    }
    const address = new URL(link.href);
    for (const [name, value] of tags) {
      if (!address.searchParams.has(name)) {
        address.searchParams.append(name, value);
      }
    }
    link.href = address;
  }

  // Neither jumps to another place of the page, nor the pages of the reader: nothing is bought between them.
  function isWithinThisPage(link) {
    const isJump = link.hash && link.pathname === location.pathname && link.search === location.search;
    return isJump || link.pathname.includes("/read/") || link.hasAttribute("download");
  }
})();
