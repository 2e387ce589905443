"""What the book says of its accessibility, in the forms of EPUB 3 and of EPUB 2.

https://www.w3.org/TR/epub-a11y-11/#sec-discovery
"""

import re

from lxml import etree

from books.epub.book import AccessibilityFacts
from books.epub.opening.package import Package
from books.epub.plain_text import one_line

MAX_VALUES = 50
MAX_VALUE = 2_000
# The names under which the facts are kept, by those in the package document.
PROPERTIES = {
    "schema:accessMode": "accessMode",
    "schema:accessModeSufficient": "accessModeSufficient",
    "schema:accessibilityFeature": "accessibilityFeature",
    "schema:accessibilityHazard": "accessibilityHazard",
    "schema:accessibilitySummary": "accessibilitySummary",
    "a11y:exemption": "exemption",
}
CONFORMS_TO = "dcterms:conformsTo"
CERTIFICATION = {
    "a11y:certifiedBy": "certifiedBy",
    "dcterms:date": "certificationDate",
    "a11y:certifierCredential": "certifierCredential",
    "a11y:certifierReport": "certifierReport",
}
CLAIM = re.compile(r"EPUB Accessibility 1\.1|idpf\.org/epub/a11y/", re.IGNORECASE)


def read_accessibility(package: Package) -> AccessibilityFacts:
    """Return the facts by their names, each with one value or more; empty if the book says nothing."""
    facts = {kept: package.metas(name) for name, kept in PROPERTIES.items()}
    elements = list(package.root.iterfind("{*}metadata//{*}meta")) + list(
        package.root.iterfind("{*}metadata//{*}link")
    )
    claims = [element for element in elements if _name(element) == CONFORMS_TO and _value(element)]
    # Of several standards the one that says how accessible the book is.
    claims.sort(key=lambda claim: not CLAIM.search(_value(claim)))
    facts["conformsTo"] = [_value(claim) for claim in claims]
    about = {f"#{claim.get('id')}" for claim in claims[:1] if claim.get("id")}
    for name, kept in CERTIFICATION.items():
        found = [
            element
            for element in elements
            if _name(element) == name and _is_about(element, about, must_refine=name == "dcterms:date")
        ]
        facts[kept] = list(filter(None, map(_value, found)))
        # A credential and a report are the certifier's.
        about |= {f"#{element.get('id')}" for element in found if element.get("id")}
    return {
        name: [value[:MAX_VALUE] for value in dict.fromkeys(values)][:MAX_VALUES]
        for name, values in facts.items()
        if values
    }


def _is_about(element: etree._Element, subjects: set[str], *, must_refine: bool) -> bool:
    """Tell whether it refines one of these; what refines nothing is about the whole book."""
    refined = element.get("refines", "")
    return refined in subjects if refined else not must_refine


def _name(element: etree._Element) -> str:
    return element.get("property") or element.get("name") or element.get("rel") or ""


def _value(element: etree._Element) -> str:
    return one_line(element.get("href") or element.get("content") or "".join(element.itertext()))
