"""The numbers by which a child is known: UPN, former UPN and the authority's own."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, QUERY, Edition, Record, When, case, rule

from ..entities import child

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
WHY_UPN = "The UPN joins the child's record to those of schools; a wrong one joins it to another child's."
FIX_UPN = "Ask the school for the child's UPN, or leave it out and give the reason why it is not known."


def is_whole(upn: pl.Expr) -> pl.Expr:
    return upn.str.len_chars() == 13


@rule(
    "1510",
    ERROR,
    on=child,
    reads=("UPN",),
    message="The first letter of the UPN is not the one that its digits call for.",
    why=WHY_UPN,
    fix=FIX_UPN,
    source="Only UPNs of 13 characters with twelve digits are asked; temporary ones end in a letter.",
    fails=[case(UPN="A302123456789"), case(UPN="1302123456789")],
    passes=[case(), case(UPN="A30212345678"), case(UPN="A30212345678A"), case(UPN=None)],
)
def upn_bears_its_letter(record: Record, edition: Edition) -> pl.Expr:
    upn = record.UPN
    digits = pl.when(upn.str.contains(r"^.[0-9]{12}$")).then(upn.str.slice(1, 12)).cast(pl.Int64, strict=False)
    total = pl.sum_horizontal([digits // 10 ** (13 - place) % 10 * place for place in range(2, 14)], ignore_nulls=False)
    letters = {letter: number for number, letter in enumerate(LETTERS)}
    return upn.str.slice(0, 1).replace_strict(letters, default=-1, return_dtype=pl.Int64) == total % 23


@rule(
    "1520",
    ERROR,
    on=child,
    reads=("UPN",),
    message="The same UPN stands at more than one child.",
    why="A UPN belongs to one child; children with the same one are taken for the same child.",
    fix="Find out whose UPN it is, or whether the children are the same one, and correct the others.",
    fails=[case(ChildIdentifiers=[{"LAchildID": "C1"}, {"LAchildID": "C2"}])],
    passes=[
        case(ChildIdentifiers=[{"LAchildID": "C1"}, {"LAchildID": "C2", "UPN": "X302123456780"}]),
        case(ChildIdentifiers=[{"LAchildID": "C1", "UPN": None}, {"LAchildID": "C2", "UPN": None}]),
    ],
)
def upn_belongs_to_one_child(record: Record, edition: Edition) -> pl.Expr:
    return record.occurrences("UPN") == 1


@rule(
    "1530",
    ERROR,
    on=child,
    reads=("UPN",),
    message="Characters 2 to 4 of the UPN are not the number of an authority.",
    why=WHY_UPN,
    fix=FIX_UPN,
    source="942 and 943 are numbers of authorities since the census of 2024.",
    fails=[case(UPN="A999123456789"), case(UPN="A804123456789")],
    passes=[case(), case(UPN="A001123456789"), case(UPN="A99912345678"), case(UPN=None)],
)
def upn_names_an_authority(record: Record, edition: Edition) -> pl.Expr:
    return ~is_whole(record.UPN) | record.UPN.str.slice(1, 3).is_in(list(edition.upn_authorities))


@rule(
    "1540",
    ERROR,
    on=child,
    reads=("UPN",),
    message="Characters 5 to 12 of the UPN are not all digits.",
    why=WHY_UPN,
    fix=FIX_UPN,
    fails=[case(UPN="A302123X56789"), case(UPN="A302")],
    passes=[case(), case(UPN="A30212345678A"), case(UPN=None)],
)
def upn_has_digits_in_the_middle(record: Record, edition: Edition) -> pl.Expr:
    return record.UPN.str.slice(4, 8).str.contains(r"^[0-9]{8}$")


@rule(
    "1550",
    ERROR,
    on=child,
    reads=("UPN",),
    message="The last character of the UPN is neither a digit nor a letter that UPNs use (I, O and S are not).",
    why=WHY_UPN,
    fix=FIX_UPN,
    fails=[case(UPN="A30212345678I"), case(UPN="A30212345678-")],
    passes=[case(), case(UPN="A30212345678A"), case(UPN="A3021234567"), case(UPN=None)],
)
def upn_ends_as_it_may(record: Record, edition: Edition) -> pl.Expr:
    return ~is_whole(record.UPN) | record.UPN.str.contains(r"[0-9A-HJ-NP-RT-Z]$")


@rule(
    "1560Q",
    QUERY,
    on=child,
    reads=("FormerUPN",),
    message="Please check: the former UPN is not a letter and twelve digits.",
    why="The former UPN is used to find the child's earlier records.",
    fix="Correct the former UPN, or leave it out.",
    note="reason",
    note_help="Say where the former UPN comes from. A temporary one, which ends in a letter, is right and is not asked "
    "about (csc-validator-be-cin asks about it).",
    fails=[case(FormerUPN="3021234567890"), case(FormerUPN="A30212345678"), case(FormerUPN="A302123X56789")],
    passes=[case(FormerUPN="P302123456789"), case(FormerUPN="P30212345678A"), case(FormerUPN=None)],
)
def former_upn_is_one(record: Record, edition: Edition) -> pl.Expr:
    return record.FormerUPN.str.contains(r"^[A-Za-z][0-9]{11}[0-9A-HJ-NP-RT-Z]$")


@rule(
    "1570",
    ERROR,
    on=child,
    reads=("LAchildID",),
    message="The local authority's child ID is longer than 20 characters.",
    why="The department's systems keep 20 characters; children whose first 20 are alike would become one.",
    fix="Use a shorter number for the child.",
    when=When(since="2025"),
    fails=[case(LAchildID="C" * 21)],
    passes=[case(), case(LAchildID="C" * 20), case(LAchildID=None)],
)
def child_id_fits(record: Record, edition: Edition) -> pl.Expr:
    return record.LAchildID.str.len_chars() <= 20


@rule(
    "1580",
    ERROR,
    on=child,
    reads=("LAchildID",),
    message="The local authority's child ID has a character that is neither a letter nor a digit.",
    why="Other characters are lost or changed on the way, and the child is not found again.",
    fix="Use letters A to Z and digits only.",
    source="Letters with accents are flagged; csc-validator-be-cin lets them pass.",
    when=When(since="2025"),
    fails=[case(LAchildID="C-1"), case(LAchildID="C 1"), case(LAchildID="É1")],
    passes=[case(), case(LAchildID="abcXYZ019"), case(LAchildID=None)],
)
def child_id_is_plain(record: Record, edition: Edition) -> pl.Expr:
    return record.LAchildID.str.contains(r"^[A-Za-z0-9]*$")


@rule(
    "8510",
    ERROR,
    on=child,
    reads=("LAchildID",),
    message="The same local authority child ID stands at more than one child.",
    why="Children with the same number are taken for one.",
    fix="Put the episodes of one child under one record, or give each child its own number.",
    source="Missing numbers are no equal numbers: those are 8500's.",
    fails=[case(ChildIdentifiers=[{"UPN": None}, {"UPN": None}])],
    passes=[case(), case(ChildIdentifiers=[{"LAchildID": None}, {"LAchildID": None}])],
)
def child_id_belongs_to_one_child(record: Record, edition: Edition) -> pl.Expr:
    return record.occurrences("LAchildID") == 1
