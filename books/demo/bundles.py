"""The bundles of the demo shop, All Books apart."""

# Slug, title, price in US cents, folders of the books, description.
BUNDLES = [
    (
        "two-by-una-kestrel",
        "Two by Una Kestrel",
        1500,
        ("the-ferry-at-low-water", "lost-property-office"),
        "A boat that is going nowhere and a ship that has far to go. Read one and you will want to be "
        "aboard the other.",
    ),
    (
        "a-shop-of-your-own",
        "A Shop of Your Own",
        2600,
        ("a-small-press-step-by-step", "the-shopkeepers-handbook", "money-that-cannot-be-lost"),
        "Make the book, open the shop, and sleep well over the till: three handbooks, in the order "
        "you will need them.",
    ),
]
