"""What cuts a payment in two."""


class WorkersKilled:
    """kill -9 of every worker; what they had asked is never heard again."""

    def strike(self, scene):
        scene.shop.kill_workers()

    def go_on(self, held):
        held.cut()

    def assert_answered(self, paying):
        """Whoever waited has seen the connection break, unless the answer was out already."""
        assert paying.exception() is None or isinstance(paying.exception(), OSError)

    def repair(self, scene):
        """The master has seen to it."""


class PostgresqlStopped:
    """`pg_ctl stop -m immediate`: the payment goes on and cannot be written down."""

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
