"""Disabilities of a child."""

from __future__ import annotations

import polars as pl

from collectory.blade import ERROR, Edition, Record, case, rule

from ..entities import child, disability, episode

WHY = "Children are counted by disability; each is counted once, or as having none."


def asked_of(record: Record) -> pl.Expr:
    """Whether disabilities must be known: the child is born and a referral went further."""
    return record.present("PersonBirthDate") & record.any(episode, lambda each: ~each.ReferralNFA)


@rule(
    "8540",
    ERROR,
    on=child,
    reads=("LAchildID", "PersonBirthDate"),
    message="The child's disability is missing.",
    why=WHY,
    fix="Enter the disability, or NONE.",
    source="csc-validator-be-cin has this rule, but never reports it.",
    fails=[case(CINdetails=[{}])],
    passes=[
        case(CINdetails=[{}], ChildCharacteristics=[{"Disabilities": [{"Disability": "NONE"}]}]),
        case(CINdetails=[{"ReferralNFA": "true"}]),
        case(PersonBirthDate=None, CINdetails=[{}]),
    ],
)
def disability_is_there(record: Record, edition: Edition) -> pl.Expr:
    return ~asked_of(record) | record.any(disability, lambda each: each.present("Disability"))


@rule(
    "8540",
    ERROR,
    on=disability,
    reads=("Disability", "ChildIdentifiers.PersonBirthDate"),
    message="The disability is none of the codes of the collection.",
    why=WHY,
    fix="Enter a code of the list, or NONE.",
    fails=[case(Disability="XX", CINdetails=[{}])],
    passes=[
        case(Disabilities=[{"Disability": "LD"}], CINdetails=[{}]),
        case(Disabilities=[{"Disability": "XX"}], CINdetails=[{"ReferralNFA": "true"}]),
    ],
)
def disability_is_known(record: Record, edition: Edition) -> pl.Expr:
    return ~record.up(child).value(asked_of) | record.blank("Disability") | record.valid("Disability")


@rule(
    "8790",
    ERROR,
    on=disability,
    reads=("Disability",),
    message="The child has this disability and NONE as well.",
    why=WHY,
    fix="Take out NONE, or the other disabilities.",
    fails=[case(Disabilities=[{"Disability": "NONE"}, {"Disability": "MOB"}])],
    passes=[case(), case(Disabilities=[{"Disability": "NONE"}]), case(Disabilities=[{}, {"Disability": "MOB"}])],
)
def none_stands_alone(record: Record, edition: Edition) -> pl.Expr:
    beside = record.others(disability, lambda other: other.Disability == "NONE", within=child)
    return (record.Disability == "NONE") | (beside == 0)


@rule(
    "8794",
    ERROR,
    on=disability,
    reads=("Disability",),
    message="The same disability stands more than once at the child.",
    why=WHY,
    fix="Take out the repeated one.",
    fails=[case(Disabilities=[{"Disability": "MOB"}, {"Disability": "MOB"}])],
    passes=[case(), case(Disabilities=[{"Disability": "MOB"}, {"Disability": "LD"}])],
)
def disability_stands_once(record: Record, edition: Edition) -> pl.Expr:
    return record.siblings("Disability") == 1
