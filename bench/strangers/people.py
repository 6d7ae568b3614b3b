"""Children with names, a birth date, a home and a number, and families of them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass

FORENAMES = {
    "F": """
    Olivia Amelia Isla Ava Ivy Freya Lily Florence Mia Willow Rosie Sophia Isabella Grace Daisy Sienna Poppy Elsie
    Emily Ella Evelyn Phoebe Evie Charlotte Harper Millie Matilda Maya Sophie Alice Isabelle Layla Fatima Aisha
    Maryam Zainab Khadija Hafsa Anna-Maria Zofia Julia Maja Hanna Oliwia Simran Jasleen Ananya Priya Chloé Zoë
    Renée Siân Niamh Aoife Caoimhe Eilidh Mary-Jane Ella-Rose Lily-Mae Gracie-Mae Nkechi Adaeze Ngozi Thuy-Linh
    Xin Yi Yuki Noor Elif Zeynep Elizabeth Katherine Margaret Alexandra Jessica Victoria Rebecca Abigail Bella
    Tia Demi Lexi Ruby Orla Heidi Nina Clara Thea Leticia Beatriz""",
    "M": """Noah George Oliver Arthur Muhammad Leo Oscar Theodore Freddie Luca Theo Archie Jude Charlie Henry Jack Alfie
    Finley Arlo Roman Tommy Lucas Albie Louie Reggie Mohammed Elijah Ibrahim Yusuf Musa Hamza Zayn Jakub Szymon
    Filip Antoni Piotr Arjan Harpreet Rohan Aarav Krish José Jesús André François Seán Rhys Cian Oisín Tadhg
    Callum Jean-Luc John-Paul Alfie-James Chukwuemeka Oluwaseun Tendai Kwame Minh Wei Haruto Omar Ali Mehmet
    Emre Thomas William Alexander Benjamin Joshua Samuel Daniel Matthew Nicholas Edward Jayden Hayden Aiden
    Mason Logan Harrison Tobias Rafael Mateus Vlad Andrei""",
}
SURNAMES = """Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White
    Roberts Green Hall Thomas Clarke Jackson Wood Harris Edwards Turner Martin Cooper Hill Ward Hughes Moore
    Clark King Harrison Lewis Baker Lee Allen Morris Khan Scott Watson Davis Parker James Bennett Young Phillips
    Richardson Mitchell Bailey Carter Cook Singh Shaw Bell Collins Morgan Kelly Begum Miller Cox Hussain
    Marshall Simpson Anderson Price Adams Wilkinson Ali Ahmed Foster Ellis Murphy Chapman Mason Gray Richards
    Webb Rogers Hunt Mills Holmes Palmer Matthews Kaur Gibson Fisher Barnes Knight O'Brien O'Connor O'Neill
    D'Souza MacDonald McCarthy St-John Smith-Jones Taylor-Brown Lloyd-Davies Fitz-Gerald Müller Gómez Núñez
    Fernández Łukasik Wójcik Kowalska Nowak Zieliński Şahin Yıldız Nguyễn Trần Okonkwo Adeyemi Mensah Abdullahi
    Mohamud Warsame Osei Chukwu Popescu Ionescu Costa-Silva dos Santos van der Berg de Souza Björk Åström
    Ødegaard Sørensen Hajdú Horváth Novák Dvořák Chowdhury Rahman Islam Iqbal Akhtar Mahmood Bhatti Sharma Gupta
    Reddy Fernando Perera Silva Wickramasinghe Thornborough Featherstonehaugh Cholmondeley Winterbottom
    Ramsbottom Higginbotham Entwistle Ackroyd Postlethwaite Braithwaite Satterthwaite Cruickshank Abernathy
    Buchanan Colquhoun"""
FEW_FORENAMES = {sex: names.split()[:20] for sex, names in FORENAMES.items()}
NICKNAMES = {
    "Elizabeth": "Lizzie", "Katherine": "Kate", "Margaret": "Maggie", "Alexandra": "Alex", "Jessica": "Jess",
    "Victoria": "Vicky", "Rebecca": "Becky", "Abigail": "Abi", "Thomas": "Tom", "William": "Bill", "Alexander":
    "Alex", "Benjamin": "Ben", "Joshua": "Josh", "Samuel": "Sam", "Daniel": "Dan", "Matthew": "Matt",
    "Nicholas": "Nick", "Edward": "Ted", "Olivia": "Liv", "Isabella": "Izzy", "Theodore": "Ted", "Matilda":
    "Tilly", "Mohammed": "Mo", "Amelia": "Millie", "Oliver": "Ollie",
}  # fmt: skip
STREETS = 6
"""Children of so many homes share a postcode, on average."""


@dataclass
class Child:
    """What a return says of a pupil that matching might read. Dates as they are written."""

    upn: str | None
    forename: str | None
    surname: str | None
    middle: str | None
    sex: str | None
    born: str | None
    postcode: str | None
    status: str = "C"
    former_upn: str | None = None
    former_surname: str | None = None
    funded: str | None = None
    left: bool = False


def surnames() -> list[str]:
    """The surnames, of which some are several words."""
    text = " ".join(SURNAMES.split())
    for several in ("dos Santos", "van der Berg", "de Souza"):
        text = text.replace(several, several.replace(" ", "_"))
    return [name.replace("_", " ") for name in text.split()]


class Births:
    """Makes children. `few` draws from forty names and forty-five surnames and homes that many share."""

    def __init__(self, lots: random.Random, few: bool = False) -> None:
        self.lots, self.few, self.made = lots, few, 0
        self.surnames = surnames()[:45] if few else surnames()
        self.forenames = FEW_FORENAMES if few else {sex: names.split() for sex, names in FORENAMES.items()}
        self.homes = 25 if few else 0

    def upn(self) -> str:
        """A number that nobody else has."""
        self.made += 1
        return f"{'ABCDEFGHJKLMNPQRTUVWXYZ'[self.made % 23]}{820000000000 + self.made * 7:012d}"

    def forename(self, sex: str, but: Sequence[str | None] = ()) -> str:
        """A forename, some oftener than others."""
        names = [name for name in self.forenames[sex] if name not in but]
        return names[min(int(self.lots.expovariate(3 / len(names))), len(names) - 1)]

    def surname(self, but: Sequence[str | None] = ()) -> str:
        """A surname, some oftener than others; one in six is of two halves or made up of syllables."""
        luck = self.lots.random()
        if luck < 0.06:
            return f"{self.lots.choice(self.surnames)}-{self.lots.choice(self.surnames)}"
        if luck < 0.25 and not self.few:
            middle = self.lots.choice(["an", "er", "ing", "ol", "ath", "em", "ick", "ur"])
            return self.lots.choice(["Bar", "Cor", "Dun", "Gal", "Hes", "Kil", "Lam", "Mor", "Pen", "Tre", "Wad"]) + (
                middle + self.lots.choice(["ton", "by", "ford", "well", "son", "ley", "wick", "gate", "stead", "ski"])
            )
        names = [name for name in self.surnames if name not in but]
        return names[min(int(self.lots.expovariate(3 / len(names))), len(names) - 1)]

    def born(self, young: bool = False) -> str:
        """A birth date of a pupil of 4 to 15, or of one who is 3 or 4."""
        first = dt.date(2020, 9, 1) if young else dt.date(2009, 9, 1)
        return (first + dt.timedelta(days=self.lots.randrange(700 if young else 4000))).isoformat()

    def postcode(self) -> str:
        """A postcode, of which there are many more than families or, where there are few, a handful."""
        number = self.lots.randrange(self.homes or 40_000)
        return (
            f"LE{number // 4000 + 1} {number // 400 % 10}{'ABDEFGHJLN'[number // 40 % 10]}{'PQRSTUWXYZ'[number % 10]}"
        )

    def child(self, young: bool = False) -> Child:
        """Somebody new."""
        sex = self.lots.choice("FM")
        middle = self.forename(sex) if self.lots.random() < 0.6 else None
        child = Child(self.upn(), self.forename(sex), self.surname(), middle, sex, self.born(young), self.postcode())
        child.funded = "15" if young else None
        return child

    def sibling(self, of: Child, same_day: bool) -> Child:
        """A brother or sister at the same home: a twin, or one born in another year."""
        sex = of.sex if same_day and self.lots.random() < 0.6 else self.lots.choice("FM")
        assert sex is not None
        child = Child(
            self.upn(), self.forename(sex, [of.forename]), of.surname, self.forename(sex, [of.middle]), sex, of.born,
            of.postcode,
        )  # fmt: skip
        if not same_day:
            assert of.born is not None
            moved = dt.date.fromisoformat(of.born) + dt.timedelta(days=self.lots.randrange(400, 1500))
            child.born = moved.isoformat()
        return child
