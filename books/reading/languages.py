"""The languages of books, in words."""

from django.utils.translation import get_language_info

# Django names the languages of websites. These are others in which books are written; a library that has all
# names would take a third of the memory of a process.
OTHER_NAMES = dict(
    " ".join(entry.split()).split(" ", 1)
    for entry in """
        akk Akkadian; am Amharic; ang Old English; arc Aramaic; as Assamese; ay Aymara; ba Bashkir; bi
        Bislama; bm Bambara; bo Tibetan; ce Chechen; ceb Cebuano; chr Cherokee; ckb Central Kurdish; co
        Corsican; cop Coptic; cr Cree; cu Church Slavonic; cv Chuvash; dv Dhivehi; dz Dzongkha; ee Ewe;
        egy Ancient Egyptian; enm Middle English; ff Fula; fil Filipino; fj Fijian; fo Faroese; frm Middle
        French; fro Old French; fur Friulian; gmh Middle High German; gn Guarani; goh Old High German; got
        Gothic; grc Ancient Greek; gsw Swiss German; gu Gujarati; gv Manx; ha Hausa; haw Hawaiian; ht
        Haitian Creole; iu Inuktitut; jbo Lojban; jv Javanese; kl Greenlandic; ku Kurdish; kw Cornish; la
        Latin; lg Luganda; lij Ligurian; ln Lingala; lo Lao; lzh Classical Chinese; mg Malagasy; mi Māori;
        mt Maltese; mul Several languages; nah Nahuatl; nan Min Nan Chinese; nap Neapolitan; nds Low
        German; non Old Norse; nv Navajo; ny Chichewa; oc Occitan; oj Ojibwe; om Oromo; or Odia; pa
        Punjabi; pap Papiamento; pi Pali; ps Pashto; qu Quechua; rm Romansh; rw Kinyarwanda; sa Sanskrit;
        sah Yakut; sc Sardinian; scn Sicilian; sco Scots; sd Sindhi; se Northern Sami; sga Old Irish; si
        Sinhala; sm Samoan; sn Shona; so Somali; st Sesotho; su Sundanese; sux Sumerian; syr Syriac; szl
        Silesian; ti Tigrinya; tl Tagalog; tn Setswana; to Tongan; tpi Tok Pisin; ts Tsonga;
        ty Tahitian; und Unknown; vec Venetian; vo Volapük; wa Walloon; wo Wolof; xh Xhosa; yi Yiddish; yo
        Yoruba; yue Cantonese; zu Zulu; zxx No language
        """.split(";")
)


def language_name(tag: str) -> str:
    """Return "German" for "de" and "de-AT"; a tag that has no name here stays as it is."""
    try:
        return get_language_info(tag.lower())["name"]
    except KeyError:
        return OTHER_NAMES.get(tag.partition("-")[0].lower(), tag)
