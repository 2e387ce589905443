"""What of an order has been refunded, or is about to be."""


class Refunded:
    """The part of Order that counts its refunds; those that have failed do not count."""

    def refunds_of(self, charge_id):
        """Return the refunds of one of the order's charges that have not failed."""
        return [each for each in self.refunds.all() if each.is_counted and each.stripe_charge_id == charge_id]

    def refunded_of(self, charge_id):
        """Return how much of a charge has been refunded or is about to be, in minor units."""
        return sum(refund.amount for refund in self.refunds_of(charge_id))

    def refunded_line_ids(self):
        """Return the keys of the lines that have been refunded or are about to be."""
        counted = [refund for refund in self.refunds.all() if refund.is_counted]
        return {line.pk for refund in counted for line in refund.lines.all()}

    def refunded_seat_ids(self):
        """Return the keys of the seats that have been refunded or are about to be, each by itself."""
        counted = [refund for refund in self.refunds.all() if refund.is_counted]
        return {seat.pk for refund in counted for seat in refund.seats.all()}
