"""What is bought for others: seats, each with a link by which somebody takes it, and gifts with a message."""
