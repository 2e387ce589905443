"""Crashes in the middle of a payment."""


class WorkersKilled:
    """kill -9 of every worker; the answers to their requests are lost."""

    def strike(self, scene):
        scene.shop.kill_workers()

    def go_on(self, held):
        held.cut()

    def assert_answered(self, paying):
        """A buyer who waited sees the connection break, unless the answer had already been sent."""
        assert paying.exception() is None or isinstance(paying.exception(), OSError)

    def repair(self, scene):
        """gunicorn's master has already started new workers."""


class PostgresqlStopped:
    """`pg_ctl stop -m immediate`: the payment goes on but cannot be recorded."""

    def strike(self, scene):
        scene.server.stop_at_once()

    def go_on(self, held):
        held.release()

    def assert_answered(self, paying):
        answer = paying.result()
        assert answer.status == 302 or (answer.status == 503 and "<main" in answer.text), answer.status

    def repair(self, scene):
        scene.server.start()


CRASHES = {"worker killed": WorkersKilled(), "postgresql stopped": PostgresqlStopped()}
