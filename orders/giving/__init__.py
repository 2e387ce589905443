"""What was bought for others: taking a copy by its link, gifts and their letters, the buyer's list of copies.

A copy opens the product while its order is paid: orders.payments.order_state decides that for every order.
"""
