"""Names for invented staff, such as one meets in an east London council. None belongs to anybody in particular."""

import unicodedata
from itertools import product
from random import Random

_GIVEN_AND_FAMILY = (
    (
        "Amina Yusuf Nusrat Imran Shirin Tariq Rukhsana Bilal Farida Kamal Sabiha Rafiq",
        "Begum Ahmed Rahman Khatun Chowdhury Miah Hussain Islam Uddin Akhtar",
    ),
    (
        "Adaeze Tunde Folasade Emeka Ngozi Kofi Abena Kwame Yetunde Chidi Akosua Segun",
        "Okafor Adeyemi Mensah Boateng Nwosu Balogun Owusu Eze Asante Okonkwo",
    ),
    (
        "Charlotte Daniel Megan Thomas Hannah Stephen Laura Peter Rebecca Andrew Gemma Robert",
        "Walker Bennett Hughes Carter Turner Mills Palmer Fletcher Reid Doyle",
    ),
    (
        "Priya Arjun Meera Sanjay Kavita Rohan Anjali Vikram Deepa Harpreet Sunita Gurdeep",
        "Patel Sharma Kaur Singh Mehta Desai Nair Gill Iyer Joshi",
    ),
    (
        "Marcia Leroy Yvonne Winston Shanice Delroy Beverley Tyrone Claudette Andre Jermaine Sonia",
        "Campbell Grant Francis Reid-Brown Morgan Bailey Clarke Gordon Powell Samuels",
    ),
    (
        "Agnieszka Tomasz Ioana Andrei Katarzyna Piotr Elena Mihai Magdalena Marek Daria Jakub",
        "Kowalska-Nowak Popescu Wiśniewski Ionescu Zieliński Dumitru Lewandowski Stan Mazur Marin",
    ),
    (
        "Hodan Abdi Leyla Mehmet Saida Emre Zeynep Mahad Selin Ismail Fadumo Cem",
        "Warsame Yılmaz Farah Demir Osman Kaya Jama Çelik Ali Şahin",
    ),
    (
        "Mei Wei Linh Minh Grace Jun Maria Carlos Beatriz Luís Ana José",
        "Chen Nguyen Santos Lim Tran Reyes Silva Garcia Wong Costa",
    ),
)
_PLAIN = str.maketrans("ıłŁ", "ilL")


def names(count: int, random: Random) -> list[str]:
    """So many names in random order; none comes twice while there are others left (there are 960)."""
    every = [
        f"{given} {family}"
        for givens, families in _GIVEN_AND_FAMILY
        for given, family in product(givens.split(), families.split())
    ]
    chosen_names: list[str] = []
    while len(chosen_names) < count:
        chosen_names += random.sample(every, min(len(every), count - len(chosen_names)))
    return chosen_names


def emails(people: list[str], domain: str) -> list[str]:
    """An address for each name, in order: letters without accents, and a number where a name comes again."""
    used: dict[str, int] = {}
    addresses = []
    for name in people:
        plain = unicodedata.normalize("NFKD", name.translate(_PLAIN)).encode("ascii", "ignore").decode()
        local = plain.lower().replace(" ", ".")
        used[local] = used.get(local, 0) + 1
        addresses.append(f"{local}{used[local] if used[local] > 1 else ''}@{domain}")
    return addresses
