"""Tables whose words would not stay where they are.

Whatever is in a table but in no cell, HTML's parsers put before the table
(https://html.spec.whatwg.org/multipage/parsing.html#foster-parent). Here it gets a cell.
"""

from lxml import etree

ROWS = frozenset({"tr"})
CELLS = frozenset({"td", "th"})
# What may be in each part of a table.
PARTS = {
    "table": frozenset({"caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr"}),
    "thead": ROWS,
    "tbody": ROWS,
    "tfoot": ROWS,
    "tr": CELLS,
    "colgroup": frozenset({"col"}),
}


def settle(part: etree._Element) -> None:
    """Put what is in this part of a table, and in no cell, into one."""
    allowed = PARTS[part.tag]
    if part.text and part.text.strip():
        text, part.text = part.text, None
        part.insert(0, _cell(part, text=text))
    for child in list(part.iterchildren(etree.Element)):
        tail, child.tail = child.tail, None
        if tail and tail.strip():
            child.addnext(_cell(part, text=tail))
        if child.tag not in allowed:
            cell = _cell(part)
            child.addprevious(cell)
            next(cell.iter("td")).append(child)


def _cell(part: etree._Element, text: str | None = None) -> etree._Element:
    cell = etree.Element("td")
    cell.text = text
    if part.tag == "tr":
        return cell
    row = etree.Element("tr")
    row.append(cell)
    return row
