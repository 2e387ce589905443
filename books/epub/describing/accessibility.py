"""What the book says about its accessibility, as EPUB 3 and EPUB 2 write it.

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
    """Return the facts by their names, each with at least one value; empty if the book says nothing."""
    facts = {kept: package.metas(name) for name, kept in PROPERTIES.items()} | _conformance(package)
    return {
        name: [value[:MAX_VALUE] for value in dict.fromkeys(values)][:MAX_VALUES]
        for name, values in facts.items()
        if values
    }


def _conformance(package: Package) -> AccessibilityFacts:
    """Return the standards that the book claims to meet, and who certified it for the first of them."""
    elements = [
        *package.root.iterfind("{*}metadata//{*}meta"),
        *package.root.iterfind("{*}metadata//{*}link"),
    ]
    claims = [element for element in elements if _name(element) == CONFORMS_TO and _value(element)]
    # Of several standards, the one that says how accessible the book is comes first.
    claims.sort(key=lambda claim: not CLAIM.search(_value(claim)))
    return {"conformsTo": list(map(_value, claims)), **_certification(elements, _references(claims[:1]))}


def _certification(elements: list[etree._Element], subjects: set[str]) -> AccessibilityFacts:
    facts = {}
    for name, kept in CERTIFICATION.items():
        named = [element for element in elements if _name(element) == name]
        found = [each for each in named if _is_about(each, subjects, must_refine=name == "dcterms:date")]
        facts[kept] = list(filter(None, map(_value, found)))
        # A credential and a report refine the certifier.
        subjects |= _references(found)
    return facts


def _references(elements: list[etree._Element]) -> set[str]:
    """Return what `refines` says of other elements that refine these."""
    return {f"#{element.get('id')}" for element in elements if element.get("id")}


def _is_about(element: etree._Element, subjects: set[str], *, must_refine: bool) -> bool:
    """Tell whether it refines one of these; what refines nothing is about the whole book."""
    refined = element.get("refines", "")
    return refined in subjects if refined else not must_refine


def _name(element: etree._Element) -> str:
    return element.get("property") or element.get("name") or element.get("rel") or ""


def _value(element: etree._Element) -> str:
    return one_line(element.get("href") or element.get("content") or "".join(element.itertext()))
