"""Who bought at the demo shop before you came, and what they thought of it."""

# The public name and the rest of an address @readers.example.
READERS = {
    "agnes": "Agnes W.",
    "bertil": "Bertil",
    "carys": "Carys M.",
    "dov": "Dov",
    "emeka": "Emeka O.",
    "frieda": "Frieda H.",
    "ines": "Inês",
    "jun": "純",
    "reader": "Rhea D.",
}

# Folder of the book, reader, stars, text.
REVIEWS = [
    (
        "a-small-press-step-by-step",
        "carys",
        5,
        "I made my first EPUB with this open beside me and it passed every check on the second "
        "try. The list of what goes into the file is worth the price alone, and looking at my cover "
        "at the size of a stamp saved me from publishing a brown rectangle.",
    ),
    (
        "a-small-press-step-by-step",
        "dov",
        4,
        "Sound, cheerful and short. I could have done with more on accessibility and less on "
        "ISBNs, but the chapter on price made me double mine, and nobody has complained.",
    ),
    (
        "a-year-on-one-square-metre",
        "agnes",
        5,
        "I have read a good deal of nature writing and most of it makes me feel that I live in "
        "the wrong place. This made me go and look at the verge outside the chemist's. The pages "
        "on the snails are the best thing I have read this year, and I include the newspapers.",
    ),
    (
        "a-year-on-one-square-metre",
        "emeka",
        5,
        "Very quiet, very funny, and braver than it looks. I rationed it to one month an evening "
        "and was sorry when December came.",
    ),
    (
        "a-year-on-one-square-metre",
        "reader",
        4,
        "He does go on about his knee. But by autumn I would have followed that knee anywhere.",
    ),
    (
        "ame-no-hi-no-honya",
        "jun",
        5,
        "梅雨の夜に一話ずつ読みました。「どこで濡れましたか」という一言で、もう店の中にいる気持ちになります。"
        "最後の天気雨の話がとくに好きです。",
    ),
    (
        "dear-upstairs",
        "ines",
        5,
        "I laughed on the tram at the letter about the slippers, and then missed my stop over the "
        "gas bill. Nothing happens, magnificently.",
    ),
    (
        "dear-upstairs",
        "bertil",
        3,
        "Charming, though two people who write this well to each other ought to have met by "
        "Easter. My wife says I have missed the point.",
    ),
    (
        "der-garten-hinter-gleis-neun",
        "frieda",
        5,
        "Ein Buch wie ein Nachmittag, an dem der Zug ausfällt und man froh darüber ist. Die Uhr, "
        "die vier Minuten nachgeht, werde ich nicht vergessen. Ich habe es zweimal gelesen, beim "
        "zweiten Mal im Garten.",
    ),
    (
        "der-garten-hinter-gleis-neun",
        "reader",
        4,
        "My German is not what it was, and this was the right book to find that out with: clear "
        "sentences, dry jokes, and beans. I looked up eleven words and regretted none of them.",
    ),
    (
        "lost-property-office",
        "dov",
        5,
        "“It has to be somewhere.” I have been saying it to my children for a month. A whole "
        "starship, and the most suspense I have felt in years came from a drawer.",
    ),
    (
        "lost-property-office",
        "emeka",
        4,
        "The middle drifts a little, as the ship does. The ending more than finds its way home.",
    ),
    (
        "money-that-cannot-be-lost",
        "bertil",
        5,
        "I kept a shop for thirty-one years and was never told why the card machine says what it "
        "says. Now I know, and I have forgiven it. The cloakroom ticket is a stroke of genius.",
    ),
    (
        "small-weather",
        "agnes",
        4,
        "Twenty poems, and by now I have pinned three of them to the kitchen cupboard. The short "
        "ones are the best; I cannot read the one about the second cup aloud.",
    ),
    (
        "supper-for-two-and-a-half",
        "ines",
        5,
        "Finally somebody who knows that the other half of the tin exists. We have cooked eight "
        "of the ten, and the half in our house has eaten six of them, which is a record.",
    ),
    (
        "supper-for-two-and-a-half",
        "frieda",
        4,
        "Good plain food and good plain sentences. Handfuls as a measure suit me, but my hands "
        "are large and the soup was for four.",
    ),
    (
        "the-ferry-at-low-water",
        "carys",
        5,
        "I grew up beside an estuary and she has the mud exactly right. Read them in order, as "
        "the description asks. The answer in the last story is four words long and I had to put "
        "the book down.",
    ),
    (
        "the-ferry-at-low-water",
        "reader",
        5,
        "Five stories, one boat, no sentimentality. The piano stool is a masterpiece.",
    ),
    (
        "the-nine-oclock-tram",
        "emeka",
        4,
        "Fair play throughout: I had all the clues and none of the answer. The conductor's "
        "wounded dignity is a joy from the first page to the last.",
    ),
    (
        "the-nine-oclock-tram",
        "agnes",
        2,
        "I guessed it at the Baths. But I have ridden trams all my life, so I may have had an advantage.",
    ),
    (
        "the-shopkeepers-handbook",
        "bertil",
        4,
        "It does what it promises, in the order you need it. I print out the ten-minute morning "
        "for everyone who starts with us.",
    ),
]
