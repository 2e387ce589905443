"""The documents name only what exists: files, modules, functions, commands and sections."""

import re
from pkgutil import resolve_name

import pytest
from django.core.management import get_commands

from tests.programs import PROJECT

README, CONTRIBUTING = PROJECT / "README.md", PROJECT / "CONTRIBUTING.md"
DOCUMENTS = [README, CONTRIBUTING, *sorted(PROJECT.glob("docs/*.md"))]
FILE = re.compile(r".*/.*|.+\.(py|md|toml|yml|conf|lock)")
MODULE = re.compile(r"(bookstore_project|books|orders|pages|settings|stripe_sandbox|tests|users)(\.\w+)+")

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def without_addresses(document):
    return re.sub(r"https?://\S+", "", document.read_text())


def files_named_in(text):
    """Yield every path in the text; one that begins with a slash is an address of the site."""
    for word in re.findall(r"[\w./-]+", text):
        word = word.rstrip(".")
        if FILE.fullmatch(word) and not word.startswith(("/", ".venv/")):
            yield word


def quoted_in(text):
    return re.findall(r"`([^`\n]+)`", text)


@each_document
def test_every_file_exists(document):
    named = set(files_named_in(without_addresses(document)))

    assert named
    found_from = (PROJECT, document.parent)
    assert {name for name in named if not any((folder / name).exists() for folder in found_from)} == set()


@each_document
def test_every_dotted_name_exists(document):
    for name in filter(MODULE.fullmatch, quoted_in(document.read_text())):
        resolve_name(re.sub(r"^settings\.", "django.conf.settings.", name))


def test_every_function_is_in_the_file_named_before_it():
    file, found = None, 0
    for word in quoted_in(CONTRIBUTING.read_text()):
        if word.endswith(".py"):
            file = PROJECT / word
        elif re.fullmatch(r"[a-z]\w+\(\)", word) and word not in {"save()", "get_urls()"}:
            assert re.search(rf"^ *def {re.escape(word[:-1])}", file.read_text(), re.MULTILINE), (file, word)
            found += 1

    assert found > 20


@each_document
def test_every_link_leads_to_a_file_or_section(document):
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    sections = {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in titles}
    for link in re.findall(r"\]\(([^)]+)\)", without_addresses(document)):
        path, _, section = link.partition("#")

        assert (document.parent / path).exists(), link
        assert path or section in sections, link


@each_document
def test_every_command_exists(document):
    text = document.read_text()
    targets = set(re.findall(r"^(\w+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"(?:^|`)make (\w+)", text, re.MULTILINE)) <= targets
    assert set(re.findall(r"manage\.py (\w+)", text)) <= set(get_commands())
