// A table or a listing that is wider than the page is scrolled by keyboard; the Tab key passes by the others.
(() => {
  const widths = new ResizeObserver((changed) => {
    for (const { target } of changed) {
      target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
    }
  });
  document.querySelectorAll(".reader-text :is(pre, table)").forEach((each) => widths.observe(each));
})();
