// Says where highlights begin and end to those who cannot see them: at these points screen readers read what the
// stylesheet adds. In the page's own text there is nothing more, so it is copied, searched and counted as it is.
(() => {
  const marks = (reader.marks ??= {});
  const { text, geometry } = reader;

  const insert = (range, isStart, says) => {
    const edge = document.createElement("span");
    edge.className = "mark-edge";
    edge.lang = "en";
    edge.dir = "ltr";
    edge.dataset.says = says;
    const point = range.cloneRange();
    point.collapse(isStart);
    point.insertNode(edge);
  };
  const remove = (edge) => {
    const { parentNode } = edge;
    edge.remove();
    parentNode.normalize();
  };

  // Each with its range, its colour and whether it has a note; in place of those that were there.
  marks.sayEdges = (highlights) => {
    text.querySelectorAll(".mark-edge").forEach(remove);
    for (const { range, colour, hasNote } of highlights) {
      insert(range, false, ` (end of the ${colour} highlight) `);
      insert(range, true, ` (${colour} highlight${hasNote ? " with a note" : ""}) `);
    }
    marks.forget();
    geometry.read();
  };
})();
