"""Small EPUBs that lie beside the project, each made for one kind of fault."""

from io import BytesIO
from pathlib import Path
from unittest import SkipTest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "cases" / "epub"


def case(name):
    """Return one of them as a file in memory; without them, the test is skipped."""
    path = FOLDER / f"{name}.epub"
    if not path.exists():
        raise SkipTest("The files are not beside this copy of the project.")
    file = BytesIO(path.read_bytes())
    file.name = path.name
    return file
