"""Rules about the repository's own files."""

import ast
import re
import subprocess
import tomllib

import pytest

from tests import programs
from tests.programs import PROJECT

TOP_LEVEL = """
    .ci .dockerignore .env.example .gitignore CHANGELOG.md CONTRIBUTING.md Dockerfile LICENSE Makefile
    Pipfile Pipfile.lock README.md benchmarks books bookstore_project docker-compose.yml docs gunicorn.conf.py
    manage.py orders pages pyproject.toml static stripe_sandbox templates tests users
""".split()
APPS = ("bookstore_project", "pages", "orders", "books", "users")
# Read by Compose, not by the shop.
READ_BY_OTHERS = {"POSTGRES_PASSWORD"}
HASHED = PROJECT / ".ci" / "pipenv.txt"
TEMPLATES = sorted(PROJECT.glob("templates/**/*.html"))


def sources(*folders):
    return [path for folder in folders for path in sorted(PROJECT.glob(f"{folder}/**/*.py"))]


def tracked():
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    ended = subprocess.run(listing, cwd=PROJECT, capture_output=True, text=True)
    if ended.returncode != 0:
        pytest.skip("not a git checkout")
    return [name for name in ended.stdout.splitlines() if (PROJECT / name).exists()]


def variables_that_settings_read():
    tree = ast.parse((PROJECT / "bookstore_project/settings.py").read_text())
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func).startswith(("connections.", "environment.")):
            name = call.args[0]
            if isinstance(name, ast.Constant):
                yield name.value
            else:
                # STRIPE_{_mode}_SECRET_KEY and its like
                pattern = ast.unparse(name)[2:-1]
                yield from (pattern.replace("{_mode}", mode) for mode in ("TEST", "LIVE"))


def test_the_top_level_holds_nothing_unexpected():
    assert {name.partition("/")[0] for name in tracked()} <= set(TOP_LEVEL)


def test_env_example_lists_exactly_what_is_read():
    lines = (PROJECT / ".env.example").read_text()

    listed = re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", lines, flags=re.MULTILINE)

    assert sorted(listed) == sorted({*variables_that_settings_read(), *READ_BY_OTHERS})


def test_env_example_starts_the_shop_once_its_empty_lines_are_filled_in():
    lines = (PROJECT / ".env.example").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z]", line))
    filled = {
        "SECRET_KEY": programs.PRODUCTION["SECRET_KEY"],
        "POSTGRES_PASSWORD": "secret",
        "STRIPE_TEST_PUBLISHABLE_KEY": "pk_test_1",
        "STRIPE_TEST_SECRET_KEY": "sk_test_1",
    }

    assert {name for name, value in given.items() if not value} == set(filled)
    ended = programs.manage("check", **{**dict.fromkeys(programs.PRODUCTION), **given, **filled})
    assert (ended.returncode, ended.stderr) == (0, "")


def test_only_environment_reads_the_environment():
    readers = [path for path in sources(*APPS) if re.search(r"\b(environ|getenv)\b", path.read_text())]

    # development.py and serve.py write it, for the processes that they start.
    assert {path.name for path in readers} == {"development.py", "environment.py", "serve.py"}


def test_no_signal_carries_a_rule_of_the_shop():
    listeners = [path for path in sources(*APPS) if re.search(r"@receiver|\.connect\(", path.read_text())]

    # A log, and a function that SQLite needs on each connection.
    names = {path.relative_to(PROJECT).as_posix() for path in listeners}
    assert names == {"users/authentication/security_log.py", "books/apps.py"}


def test_only_access_knows_the_permission_that_opens_every_book():
    knowing = {
        path.relative_to(PROJECT).parent.as_posix()
        for path in sources(*APPS)
        if "special_status" in path.read_text() and not {"tests", "migrations"} & set(path.parts)
    }

    assert knowing == {"books/access", "books/models", "books/models/catalogue"}  # where it is declared


def test_letters_have_one_way_into_the_queue():
    ways = {
        path.relative_to(PROJECT).as_posix(): found
        for path in sources(*APPS)
        if "tests" not in path.parts
        and (
            found := set(
                re.findall(r"\b(send_mail|EmailMessage|post_office import mail)\(?", path.read_text())
            )
        )
    }

    # The adapter's send_mail is allauth's name for what it hands to Django's own mail.
    assert ways == {
        "bookstore_project/mail.py": {"post_office import mail"},
        "users/authentication/adapter.py": {"send_mail"},
        "users/mail/letters.py": {"EmailMessage"},
    }


def test_addresses_are_written_in_urls_alone():
    beginning = r"""["']/(accounts|orders|library|books|healthz|readyz)/"""
    written = [path for path in sources(*APPS) if re.search(beginning, path.read_text())]

    # One of allauth's settings is an address.
    assert [path.name for path in written if "tests" not in path.parts] == ["settings.py"]


def test_only_the_gateway_imports_stripe():
    importing = [
        path.relative_to(PROJECT).as_posix()
        for path in sources(*APPS)
        if re.search(r"^\s*(import|from) stripe\b", path.read_text(), flags=re.MULTILINE)
        and "tests" not in path.parts
    ]

    assert {"/".join(name.split("/")[:2]) for name in importing} == {"orders/stripe_gateway"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_templates_keep_to_the_content_policy(path):
    text = path.read_text()

    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", text) == []
    # A script is in a file, or is data that browsers do not run.
    assert re.findall(r"<script(?![^>]*(?:\ssrc=|type=\"application/))", text) == []


def test_every_package_says_why_it_is_there():
    lines = (PROJECT / "Pipfile").read_text().splitlines()
    packages = [line for line in lines if re.match(r"[\w-]+ = .*==", line)]

    assert [line for line in packages if "# " not in line] == []
    pipfile = tomllib.loads("\n".join(lines))
    assert len(packages) == len(pipfile["packages"]) + len(pipfile["dev-packages"])


@pytest.mark.parametrize("name", ["Pipfile", "Pipfile.lock"])
def test_the_lock_names_no_index(name):
    assert (
        re.findall(r"https?://|^\[\[source|\"index\"", (PROJECT / name).read_text(), flags=re.MULTILINE) == []
    )


def test_the_image_contains_no_secret_and_no_test():
    lines = (PROJECT / ".dockerignore").read_text().splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}

    assert "*" in lines
    assert "**/tests" in lines
    assert let_in <= {*TOP_LEVEL, ".ci/pipenv.txt"} - {"tests", "stripe_sandbox", ".env.example", ".ci"}


def test_images_are_pinned_to_a_patch_and_a_distribution():
    composed = re.findall(r"^ +image: (.+)$", (PROJECT / "docker-compose.yml").read_text(), re.MULTILINE)
    built = re.findall(r"^(?:ARG PYTHON=|FROM )(.+)$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    images = {*composed, *built} - {"bookstore", "${PYTHON}", "${PYTHON} AS packages"}

    assert {image.partition(":")[0] for image in images} == {"nginx", "postgres", "python"}
    for image in images:
        assert re.fullmatch(r"\w+:\d+\.\d+(\.\d+)?-(slim-)?(bookworm|alpine3\.\d+)", image), image


def test_pipenv_is_installed_by_its_hash_wherever_it_is_installed():
    named = re.findall(r"^([\w-]+==\S+)((?: \\\n    --hash=\S+)*)$", HASHED.read_text(), re.MULTILINE)

    assert "pipenv" in {name.partition("==")[0] for name, _ in named}
    assert [name for name, hashes in named if "--hash=sha256:" not in hashes] == []
    for path in ("Dockerfile", "Makefile"):
        text = (PROJECT / path).read_text()
        assert re.search(r"pip install .*--require-hashes --requirement (\.ci/)?pipenv\.txt", text), path
        assert "pipenv==" not in text


def test_services_have_limits_on_memory_and_on_files_kept_in_memory():
    composed = (PROJECT / "docker-compose.yml").read_text()
    services = composed.partition("\nservices:\n")[2].partition("\nvolumes:\n")[0]
    names = re.findall(r"^  (\w+):$", services, re.MULTILINE)

    assert set(names) == {"db", "migrate", "web", "worker", "nginx"}
    # The shop's services share a limit, unless they set their own.
    shared = composed.partition("\nservices:\n")[0]
    for name, block in zip(names, re.split(r"^  \w+:$", services, flags=re.MULTILINE)[1:], strict=True):
        assert "mem_limit: " in (block + shared * ("<<: *shop" in block)), name
    mounted = re.findall(r"tmpfs:\n((?: +(?:#.*|- .+)\n)+)", composed)
    for line in re.findall(r"- (.+)", "".join(mounted)):
        assert re.fullmatch(r"/\w+:size=\d+[mg]", line), line


def test_the_application_of_gunicorn_can_be_imported():
    ended = programs.run("-c", "from bookstore_project.wsgi import application; print(application)")

    assert (ended.returncode, "WSGIHandler" in ended.stdout) == (0, True)
    assert not (PROJECT / "bookstore_project/asgi.py").exists()


def test_every_test_that_commits_restores_the_rows_of_migrations():
    """One that does not leaves tables in which the next such test cannot restore those rows."""
    for path in sources("*/tests", "tests"):
        for statement in ast.walk(ast.parse(path.read_text())):
            if isinstance(statement, ast.ClassDef) and "TransactionTestCase" in map(
                ast.unparse, statement.bases
            ):
                assert "serialized_rollback = True" in map(ast.unparse, statement.body), statement.name
