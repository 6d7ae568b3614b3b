"""The lists that the rules about learning aims ask. The department keeps them; none is published with the rules."""

from __future__ import annotations

from collectory.blade import ReferenceList

QUALIFICATIONS = "qualifications"
SUBJECTS = "subjects"

lists = (
    ReferenceList(
        QUALIFICATIONS,
        "qualifications",
        key="QN",
        columns={
            "QN": "number of the qualification, with or without slashes",
            "CertificationEndDate": "last day on which it is awarded (yyyy-mm-dd); empty while no end is known",
            "Kind": "academic or vocational; empty where it is neither",
            "AcademicYears": "school years that it usually takes; empty where that is open",
        },
        rules=("2720", "2721", "2766", "2850"),
        ignored="/",
        help="The qualifications that students of 16 or over may be entered for.",
    ),
    ReferenceList(
        SUBJECTS,
        "subject classification codes",
        key="SCC",
        columns={"SCC": "subject classification code"},
        rules=("2724",),
        help="The codes of subjects that stand beside qualifications.",
    ),
)
