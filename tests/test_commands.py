"""Commands whose output programs read: standard output has the answer and nothing else."""

import json
import shutil

import pytest

from tests import programs


@pytest.fixture
def shop(tmp_path, migrated):
    """An empty, migrated shop whose Stripe does not answer."""
    return {
        "DATABASE_URL": f"sqlite:///{shutil.copy(migrated, tmp_path)}",
        "STRIPE_LIVE_MODE": None,
        "STRIPE_TEST_PUBLISHABLE_KEY": "pk_test_made_up",
        "STRIPE_TEST_SECRET_KEY": "sk_test_made_up",
        "STRIPE_API_BASE": "http://127.0.0.1:9",
    }


def test_the_money_doctor_s_log_is_not_in_its_answer(shop):
    ended = programs.manage("money_doctor", "--json", **shop)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Stripe answered APIConnectionError" in ended.stderr


def test_reconciling_without_stripe_answers_in_one_object(shop):
    ended = programs.manage("reconcile_orders", "--json", **shop)

    assert ended.returncode == 2
    assert json.loads(ended.stdout)["unreachable"] is True
