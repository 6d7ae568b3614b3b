"""What a file says about itself."""

from __future__ import annotations

from collectory.blade import Code, Date, DateTime, Entity, Field, Text, group, repeated

from .terms import since

header = Entity(
    "Header",
    "Header",
    [
        *group(
            "CollectionDetails",
            Field(
                "Collection",
                Code("Collection"),
                "Collection",
                required=True,
                extract="schoolcensus.collection",
                help="SC, the school census.",
            ),
            Field("Term", Code("Term"), "Term", required=True, extract="schoolcensus.term"),
            Field(
                "Year",
                Text(form=r"^\d{4}$", form_in_words="a year of four digits, such as 2021"),
                "Year",
                required=True,
                cbds="800003",
                extract="schoolcensus.year",
                help="The calendar year of census day.",
            ),
            Field(
                "ReferenceDate",
                Date(),
                "Census day",
                required=True,
                rule="100",
                why="The census is a picture of the school on one day. A file for another day counts other pupils.",
                fix="Set the census date in your own system and create the return again.",
                extract="schoolcensus.referencedate",
            ),
        ),
        *group(
            "Source",
            Field(
                "SourceLevel",
                Code("SourceLevel"),
                "Made by",
                required=True,
                extract="schoolcensus.sourcelevel",
                help="S where a school made the file, L where a local authority did.",
            ),
            Field(
                "LEA",
                Code("LACode"),
                "Local authority number",
                required=True,
                cbds="200001",
                extract="schoolcensus.lea",
            ),
            Field(
                "Estab",
                Text(form=r"^\d{4}$", form_in_words="four digits"),
                "Establishment number",
                required=True,
                cbds="200002",
                extract="schoolcensus.estab",
                help="The last four digits of the DfE number.",
            ),
            Field(
                "URN",
                Text(form=r"^\d{6}$", form_in_words="six digits"),
                "Unique reference number (URN)",
                required=True,
                rule="160",
                cbds="200003",
                extract="schoolcensus.urn",
                when=since("2017-3"),
                certainty="B",
                why="The URN says which entry of the national register of schools the return belongs to.",
                fix="Look up the URN on Get Information about Schools and enter it in your own system. If the "
                "register is wrong, ask for it to be put right there.",
                help="The number of the school in the national register (GIAS).",
            ),
            Field(
                "SoftwareCode",
                Text(longest=100),
                "Software",
                required=True,
                cbds="800006",
                extract="schoolcensus.softwarecode",
            ),
            Field("Release", Text(), "Software release", cbds="800008", extract="schoolcensus.release"),
            Field("Xversion", Text(), "Software version", cbds="800009", extract="schoolcensus.xversion"),
            Field(
                "SerialNo",
                Text(form=r"^\d{1,3}$", form_in_words="up to three digits"),
                "Serial number of the file",
                required=True,
                cbds="800007",
                extract="schoolcensus.serialno",
                help="Goes up by one each time; also the last part of the file name.",
            ),
            Field(
                "DateTime",
                DateTime(),
                "File created",
                required=True,
                cbds="800010",
                extract="schoolcensus.datetime",
            ),
        ),
        *group(
            "Content/CBDSLevels",
            *repeated(
                2,
                Field(
                    "CBDSLevel",
                    Code("CBDSLevel"),
                    "Level of data held",
                    required=True,
                    extract="levels.cbdslevel",
                ),
            ),
        ),
    ],
    label="File header",
    plural="File header",
    many=False,
    key=(),
    extract="schoolcensus",
    help="What the file says about itself: which collection, which school, which software.",
)
