"""Letters that were spoiled on the way: what is certain is refused, what is likely is warned of.

A file that was saved by Excel as "CSV (MS-DOS)" or "CSV (Macintosh)", or read with the wrong encoding once, has other
letters in the place of those with accents, and they look like letters to a program.
"""

import html
import re
import unicodedata

_NEVER = "□■▯‰‚ƒ„†‡ˆ‹›•™¤¥¦§¨©ª«¬®¯°±²³µ¶¹º»¼½¾¿×÷�?¡¢£€˜œŒ"
"""Signs that no name holds: those that MS-DOS and Macintosh letters become, and what an unknown letter is made."""
_MIXED = re.compile(r"(?<=[^\W\d_])Õ(?=[^\W\d_])")
_CAPITAL = re.compile(r"(?<=[a-z])[^\W\d_a-zA-Z]")
_QUOTES = re.compile(r"(?<=[^\W\d_])[“”…](?=[^\W\d_])|(?<=\w)‘(?=\W|$)")
_SAVE = "save the file as 'CSV UTF-8 (comma delimited)' from where it was made"


_ESCAPED = re.compile(
    r"&(#\d+|#x[0-9a-f]+|[a-z]+);|%[0-9A-F]{2}|=[0-9A-F]{2}|\\(u[0-9a-f]{4}|x[0-9a-f]{2})", re.IGNORECASE
)
"""Letters as web pages, addresses, mails and programs write them."""
_WORDS = re.compile(
    r"\b(vacant|vacancy|tb[ac]|inbox|mailbox|account|admin|administrator|agency|leaver|left|duty desk|shared|test)\b|_",
    re.IGNORECASE,
)
"""What stands in the place of a name where nobody is meant, or more than a name."""


def spoiled(name: str) -> str:
    """What is certainly wrong with the letters of a name; "" if nothing is."""
    if right := _read_twice(name):
        return f"'{name}' was read in the wrong encoding (is it '{right}'?): {_SAVE}"
    if written := _ESCAPED.search(name):
        right = html.unescape(name)
        near = f" (is it '{right}'?)" if right != name and not _ESCAPED.search(right) else ""
        return f"'{name}' holds '{written[0]}' in the place of a letter{near}: {_SAVE}"
    if other := _of_two_scripts(name):
        return (
            f"'{name}' has letters of two alphabets in '{other}': its letters were spoiled on the way. Please {_SAVE}"
        )
    odd = next((each for each in name if each in _NEVER), "")
    if odd:
        return f"'{name}' holds '{odd}', which no name has: its letters were spoiled on the way. Please {_SAVE}"
    if _QUOTES.search(name) or (_MIXED.search(name) and not name.isupper()):
        return f"'{name}' has lost a letter on the way: {_SAVE}"
    return ""


def doubtful(name: str) -> str:
    """What is likely wrong with the name of a person; "" if nothing is."""
    if "," in name:
        return f"'{name}' is written surname first: expected it as people say it, such as 'Tom Fielding'"
    if "(" in name:
        return f"'{name}' holds more than a name: is what stands in brackets meant for everybody to read?"
    if word := _WORDS.search(name):
        return f"'{name}' holds '{word[0]}': is it the name of a person?"
    if any(each.isdigit() for each in name):
        return f"'{name}' holds a number: is it the name of a person?"
    if len(name.split()) > 1 and name.isupper():
        return f"'{name}' is all in capitals: expected it as people write it, such as 'Tom Fielding'"
    if any(each.isupper() for each in (match[0] for match in _CAPITAL.finditer(name))):
        return f"'{name}' has a capital letter inside a word: were its letters spoiled on the way?"
    return ""


def _of_two_scripts(name: str) -> str:
    """The first word that has letters of more than one alphabet, such as "Zoл" of "Zoë"; "" if none has."""
    for word in re.findall(r"[^\W\d_]+", name):
        scripts = {unicodedata.name(each, "").partition(" ")[0] for each in word} & {"LATIN", "CYRILLIC", "GREEK"}
        if len(scripts) > 1:
            return str(word)
    return ""


def _read_twice(name: str) -> str:
    """The name as it was before UTF-8 was read as Windows-1252: "ZoÃ«" is "Zoë". "" if it was not."""
    if name.isascii():
        return ""
    for encoding in ("cp1252", "latin-1"):
        try:
            right = name.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        if right != name and all(each.isprintable() for each in right):
            return right
    return ""


def address_problem(address: str) -> str:
    """What is wrong with the letters of an e-mail address; "" if nothing is."""
    if "#ext#" in address.casefold():
        return f"'{address}' is how Microsoft signs a guest in: expected the person's own address"
    odd = next((each for each in address if not each.isascii()), "")
    if odd and odd in "’‘ʼ´":
        return f"'{address}' has a typographic apostrophe: is it {address.replace(odd, chr(39))}?"
    if odd:
        plain = "".join(each for each in unicodedata.normalize("NFKD", address) if each.isascii())
        near = f": is it {plain}?" if plain.count("@") == 1 and len(plain) == len(address) else ""
        return (
            f"'{address}' holds '{odd}', which addresses here do not have{near or ': write it as the mailbox has it'}"
        )
    return ""
