"""What is bought for others: saying for whom, taking a copy by its link, and the buyer's list of copies."""
