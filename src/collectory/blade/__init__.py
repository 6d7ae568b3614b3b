"""The language that a blade is written in."""

from collectory.blade.blade import Blade, Extract, Header, Section
from collectory.blade.codesets import CodeSet, read_codesets
from collectory.blade.edition import Edition
from collectory.blade.entities import ALWAYS, Entity, Field, When, group, repeated
from collectory.blade.extra_rules import ExtraRules
from collectory.blade.forms import Form, Heading, Item, RunningTotal, Tab
from collectory.blade.kinds import Boolean, Code, Date, DateTime, Decimal, Integer, Kind, Text
from collectory.blade.lists import ReferenceList
from collectory.blade.matching import Entitlement, MatchedEntity, Matching, StatusPair, Verdict
from collectory.blade.records import NotInEdition, Record, ReturnView
from collectory.blade.reports import Chart, Report, ReportPage, ReportTable, Row, Series, Value
from collectory.blade.rules import ERROR, QUERY, Case, Part, Rule, case, return_rule, rule, rules_of
from collectory.blade.switches import Switch, SwitchKind

__all__ = [
    "ALWAYS",
    "ERROR",
    "QUERY",
    "Blade",
    "Boolean",
    "Case",
    "Chart",
    "Code",
    "CodeSet",
    "Date",
    "DateTime",
    "Decimal",
    "Edition",
    "Entitlement",
    "Entity",
    "ExtraRules",
    "Extract",
    "Field",
    "Form",
    "Header",
    "Heading",
    "Integer",
    "Item",
    "Kind",
    "MatchedEntity",
    "Matching",
    "NotInEdition",
    "Part",
    "Record",
    "ReferenceList",
    "Report",
    "ReportPage",
    "ReportTable",
    "ReturnView",
    "Row",
    "Rule",
    "RunningTotal",
    "Section",
    "Series",
    "StatusPair",
    "Switch",
    "SwitchKind",
    "Tab",
    "Text",
    "Value",
    "Verdict",
    "When",
    "case",
    "group",
    "read_codesets",
    "repeated",
    "return_rule",
    "rule",
    "rules_of",
]
