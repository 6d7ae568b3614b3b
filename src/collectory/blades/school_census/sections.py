"""How the tree of a return is divided on screen."""

from __future__ import annotations

from collectory.blade import Section

sections = (
    Section("File", ("Header",)),
    Section("School", ("School", "SpecialSchool", "Provision", "PupilReconciliation")),
    Section(
        "Admission appeals",
        (
            "AdmissionsAppeals",
            "PrimaryAdmissionsAppeals",
            "SecondaryAdmissionsAppeals",
            "InfantAdmissionsAppeals",
        ),
    ),
    Section("Classes", ("Class",)),
    Section("Childcare", ("ChildcareDetail",)),
    Section("Pupils on roll", ("PupilOnRoll", "Nationality", "Address")),
    Section("Free school meals and funding", ("FSMperiod", "FundingBasisItem", "LearnerSupportItem", "LearnerFAM")),
    Section("Special educational needs", ("SENneed",)),
    Section("Suspensions and exclusions", ("TermlyExclusion", "AnnualExclusion")),
    Section(
        "Attendance",
        (
            "TermlyAttendance",
            "SessionDetail",
            "SummerHalfTerm2Attendance",
            "SummerHalfTerm2SessionDetail",
            "AnnualAttendance",
            "AnnualSessionDetail",
        ),
    ),
    Section(
        "Learning aims",
        ("ProgrammeAim", "LearningAim", "WorkplaceEntity", "EarlierLearningAim", "EarlierWorkplaceEntity"),
    ),
    Section("Alternative provision", ("APProvisionDetail", "SchoolArrangedAPDetail")),
    Section(
        "Pupils no longer on roll",
        (
            "PupilNoLongerOnRoll",
            "LeaverNationality",
            "LeaverAddress",
            "LeaverLearnerSupportItem",
            "LeaverLearnerFAM",
            "LeaverTermlyExclusion",
            "LeaverAnnualExclusion",
            "LeaverTermlyAttendance",
            "LeaverSessionDetail",
            "LeaverSummerHalfTerm2Attendance",
            "LeaverSummerHalfTerm2SessionDetail",
            "LeaverAnnualAttendance",
            "LeaverAnnualSessionDetail",
            "LeaverProgrammeAim",
            "LeaverLearningAim",
            "LeaverWorkplaceEntity",
            "LeaverEarlierLearningAim",
            "LeaverEarlierWorkplaceEntity",
            "LeaverAPProvisionDetail",
            "LeaverSchoolArrangedAPDetail",
        ),
    ),
)
