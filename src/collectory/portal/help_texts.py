"""The words of the help: a page for each screen, the statuses, a glossary."""

from __future__ import annotations

from django.urls import reverse

from collectory.portal.help_page import HelpPage
from collectory.portal.help_running import RUNNING
from collectory.portal.returns.states import State

SCREENS = (
    HelpPage(
        "my-data-collections",
        "My data collections",
        "The first page after signing in: every return that you may see, with its status and closing date.",
        (
            "Choose the collection.",
            "Press Select data collection. The return opens; for agents and collectors, the list of their sources.",
        ),
        (
            "A heading sorts the list by its column; once more turns the order round.",
            "If you act for several organisations, press change beside your name to act for another.",
        ),
        ("my-data-collections", "choose-organisation"),
    ),
    HelpPage(
        "my-data-return",
        "My data return",
        "The page of one return: its status, its errors and queries, and what can be done with it now.",
        (
            "Press Upload return from file, or Add return on screen where the collection is a form.",
            "Press Open return to look at the data, and All errors to see what was found.",
            "Press Submit return when it is complete.",
        ),
        ("A button that cannot be used now says why beside it.", "Dates show what has happened to the return so far."),
        ("source-page",),
    ),
    HelpPage(
        "agent-page",
        "Agent page",
        "The returns that an authority looks after in a data collection; the department has the same list of all.",
        (
            "Filter by name, Native ID, status, type, phase, errors, queries or dates, and press Go.",
            "Press a school's name to open its return: look, upload a file for it, edit, add notes, approve or reject.",
            "For many at once, tick them or choose all that the filter finds; press a button under Agent functions.",
        ),
        (
            "Before many returns are approved or rejected, a page lists what will be done and what cannot be, and why.",
            "Load a zip of returns pairs each file with its return by the number inside the file, not by its name.",
            "Exports of many are written while you do something else. Queues has the download for seven days.",
            "Queues lists all that runs or has run, who asked for it, and what became of it. What failed by a fault of "
            "the service can be tried again from there.",
            "Academies report to the department. They are listed apart, and only if the department lets you read them.",
        ),
        (
            "sources",
            "sources-by-rule",
            "approve-many",
            "reject-many",
            "export-many",
            "load-many",
            "queues",
            "job",
            "confirm-job",
        ),
    ),
    HelpPage(
        "approve",
        "Approve return, and Reject return",
        "What an agent does with a return that was submitted. For an academy the department is the agent.",
        (
            "Open the return and look at its errors, queries and notes.",
            "Press Approve return to pass it on to be authorised, or Reject return to send it back with a reason.",
        ),
        (
            "The source reads the reason on the page of its return. Do not name pupils in it.",
            "If the source uploads a file or changes a value meanwhile, nothing is done and you are told.",
        ),
        ("approve", "reject"),
    ),
    HelpPage(
        "upload",
        "Upload return from file",
        "Loads a file that your own system made, or a filled spreadsheet of a form.",
        (
            "Choose the file and press Upload. The page shows how far the check has come; you may leave it.",
            "Read the result: how many errors and queries there are, or why the file was rejected.",
        ),
        (
            "A rejected file changes nothing: what was loaded before stays as it was. The page says what the file is, "
            "what was expected, and what to do.",
            "For a form, download the spreadsheet, fill in its column Value, and leave the rows as they are.",
        ),
        ("upload", "upload-progress", "form-spreadsheet"),
    ),
    HelpPage(
        "form",
        "Add return on screen, and Edit",
        "Fills in a form tab by tab. Every Save keeps what you typed and checks the whole return.",
        (
            "Press Add return on screen. The first tab opens; type and press Save.",
            "Go on to the next tab with Save and go on, or press a tab and then Edit.",
            "Put right what the summary at the top names: each line of it leads to its box.",
        ),
        (
            "Half-filled forms are kept. Come back when you like.",
            "Tab goes to the next box; with scripts on, the arrow keys go up and down.",
            "Totals are yours to give. The sum beside a total is a hint and is never filled in.",
            "1,234 and spaces are understood, and you are told. Words, minus signs and fractions stay in the box, with "
            "a sentence about what to enter. Enter 0 where there are none: an empty line is not an answer.",
            "If somebody else saved the same tab meanwhile, nothing is lost: both values are shown, and you decide.",
        ),
        ("add-on-screen", "edit-form-tab"),
    ),
    HelpPage(
        "open-return",
        "Open return",
        "Shows the data, part by part or tab by tab, with the errors and queries of every value.",
        (
            "Choose a part at the left, or a tab.",
            "A value in a frame has an error (✖) or a query (?). The words are under it.",
            "Press Edit to change values, Note to explain one, History to see what it was.",
        ),
        (
            "The strip of return level errors counts what is about the return as a whole.",
            "A value's count is of the findings that read it, so that one wrong total counts at each of its lines.",
        ),
        (
            "open-return",
            "records",
            "record",
            "edit-record",
            "delete-record",
            "add-record",
            "add-record-under",
            "record-history",
            "edits",
            "form-tab",
        ),
    ),
    HelpPage(
        "all-errors",
        "All errors",
        "Every error and query of the return: a summary by rule, then the list, ten, fifty or a hundred to a page.",
        (
            "Press Details to see the fields and values that a rule read. An empty one is written NULL.",
            "Press a value to go to its place in the return.",
            "Correct it, or write a note that says why it is right.",
        ),
        (
            "Print the page for an error report with the organisation, date and time at its head.",
            "Rules that could not be checked are listed with the reason, for instance because there is no return of "
            "the year before to compare with.",
        ),
        ("all-errors", "finding", "rule", "rules-not-checked", "rule-in-collection", "note-on-rule"),
    ),
    HelpPage(
        "errors-by-record",
        "Errors by child or pupil",
        "Everybody with errors or queries, those with most errors first, and one of them with all that was found.",
        (
            "In All errors press By child, By pupil on roll, or whatever your return has.",
            "Open the first. Press a value to go to its place in the return, or write a note.",
            "Press Next to go on to the one with fewer errors.",
        ),
        ("What belongs to the child or pupil stands below, and what the return before says beside it.",),
        ("errors-by-record", "errors-of-record"),
    ),
    HelpPage(
        "notes",
        "Notes",
        "Explain what is right although a rule asks about it: at an error or query, at a data item, or for the whole "
        "return.",
        (
            "Press Note beside the value or the finding, then Add new note.",
            "Say why the value is right, not only that it is. Do not write names of children.",
        ),
        (
            "A note shows who wrote it, in which role, for which organisation and when. It stays with the value when "
            "you load another file; where the value has changed it needs another look.",
            "A note can be withdrawn, with a reason. It is still shown, and counts no longer.",
        ),
        ("all-notes", "return-notes", "item-notes", "withdraw-note", "notes-spreadsheet", "notes-preview"),
    ),
    HelpPage(
        "questions",
        "Questions",
        "What the department has asked about the return, what was answered, and whose turn it is.",
        (
            "Read the question, type the answer under it, and press Send the answer.",
            "To answer for some of the findings only, write notes on those, or correct the data.",
        ),
        (
            "An answer is a note: it explains its findings and stays with them when you load the next file.",
            "A question is settled when the department accepts what it is about or closes it, or when the data is "
            "corrected. The return keeps its status meanwhile; you need not submit it again.",
        ),
        ("questions",),
    ),
    HelpPage(
        "collector-page",
        "Collector page",
        "For the department: what a return still needs before it can be authorised, and its findings rule by rule.",
        (
            "Press a rule. Read the notes beside what an acceptable note says.",
            "Tick records, or choose all of the list, and press OK or Ask.",
            "When no error and no question is open, press Authorise.",
        ),
        (
            "What is OK’d counts as neither error nor query, also in the next file while the values are the same.",
            "Take the OK back undoes it. Both stay in the history.",
            "An authorised return can be reopened, with a reason that everyone reads.",
            "Where the data collection lets agents OK, they have the same page without questions and authorising, "
            "until they have approved.",
        ),
        ("collector-page", "judge-rule", "authorise", "reopen"),
    ),
    HelpPage(
        "work-lists",
        "Work lists and rule statistics",
        "For the department: which returns want attention, and which rules are raised most and what becomes of them.",
        (
            "Choose a list: Inbox, Answered, Waiting for an answer, Not sent, or All; narrow it by authority or rule.",
            "Press an organisation for its Collector page, or tick several and authorise those that are clean.",
        ),
        ("Before many are authorised, a page lists those that can be, and the others with the reason.",),
        ("work", "authorise-many", "rule-statistics"),
    ),
    HelpPage(
        "organisations",
        "Organisations and the register",
        "For the department: all schools, authorities and trusts, and loading them from the register of schools.",
        (
            "Press Load the register and choose the CSV file as it was downloaded, and the links if you have them.",
            "Look through what would be new, change, close or merge, and at the rows that cannot be used.",
            "Press Confirm and put in force. Exactly what the preview shows is done.",
        ),
        (
            "A school that the file lacks is listed and left as it is.",
            "The type of a school decides who its agent is.",
            "On the page of a school that reports to the department you can let its authority read its returns.",
        ),
        ("organisations", "organisation", "load-organisations", "register-preview"),
    ),
    HelpPage(
        "submit",
        "Submit return",
        "Says to the department that the return is complete.",
        (
            "Look at what is still open. The page says whether it may stay open.",
            "Tick the declaration and press Submit return. You get a receipt with a reference.",
        ),
        ("A submission can be withdrawn until it is approved. A change on screen or a new file withdraws it too.",),
        ("submit", "receipt", "withdraw"),
    ),
    HelpPage(
        "export",
        "Export to file",
        "Gives you the return as a zip: one XML file, or CSV files, one for each part, with a dictionary of fields.",
        ("Choose XML or CSV and press Export.",),
        ("An export can be uploaded again and gives the same return.",),
        ("export",),
    ),
    HelpPage(
        "reports",
        "Launch reports",
        "Shows the return on one page, with last year's figures where last year's return is in this service.",
        ("Press Launch reports.", "Press Print this page for paper; choose Save as PDF there to keep it."),
        (
            "Under each chart are its figures as a table.",
            "Each table can be downloaded as Excel or CSV; of a long one the page shows the beginning.",
        ),
        ("reports", "report", "report-table"),
    ),
    HelpPage(
        "duplicates",
        "Duplicate pupils",
        "Pupils whom more than one school claims, as of the last upload or change of every school.",
        (
            "Press Launch reports and choose: same UPN; same person, different UPN; or 2, 3 and 4 year olds.",
            "Read the verdict and what to do. Press Open the record to see your own.",
            "Speak to the other school, correct your data, and load or save it. The pupil leaves the list by itself.",
        ),
        (
            "Of the other school you see its name, how to reach it, its return's status and the fields that clash.",
            "Same person, different UPN may be two pupils: ask before a UPN is changed.",
            "Authorities have one view of what is within their authority and one against all others. A download has "
            "what the view shows.",
            "The table under the report says what each pair of enrolment statuses means. Those who run a data "
            "collection can decide otherwise for pairs that no source settles.",
        ),
        (
            "return-duplicates",
            "return-duplicates-download",
            "all-duplicates",
            "duplicates",
            "duplicates-download",
            "status-pairs",
        ),
    ),
    HelpPage(
        "cases",
        "Cases of duplicate pupils",
        "Where schools that claim the same pupil settle who changes what. Their councils and the department join in.",
        (
            "Open a case from To do. Compare the records: what differs is marked.",
            "Read what it means, then propose what is to be done, or answer: Agree, or Disagree with a reason.",
            "Who is to change something corrects the record on screen or loads a new file. The case closes by itself.",
        ),
        (
            "Of the other school’s pupil you see what clashes, and no more. Every look at a case is in the access log.",
            "Say that it is not the same child where it is not: it is remembered, in later collections too, while the "
            "data stay the same.",
            "Councils speak for their maintained schools, and settle a case between two of them alone. The department "
            "decides what the sides cannot settle.",
            "Tick several cases that are alike to propose the same in all of them, or to agree in all of them.",
            "A file that is loaded in the middle changes the records under a proposal; the case says so.",
        ),
        (
            "cases",
            "case",
            "agree-many",
            "propose-many",
            "case-propose",
            "case-agree",
            "case-disagree",
            "case-withdraw",
            "case-say",
            "case-tell",
            "case-decide",
            "case-take-back",
            "case-deadline",
        ),
    ),
    HelpPage(
        "probable-matches",
        "Probable matches",
        "Pupils whose records are alike but for a slip to one at another school.",
        (
            "Authorities and the department press Look for probable matches. The comparisons are counted first.",
            "Read how many there are and press Begin, or call it off. You can leave the page meanwhile.",
            "Read the score and the reasons. How the score comes about shows each of them as a bar.",
            "Ask the other school. Nobody should change a UPN because of a score.",
        ),
        (
            "An authority compares its own schools, the department all. A school sees its own matches.",
            "Matches are as of the last run. The page says how many returns have new data since, and marks changed "
            "records.",
            "Of the other school you see what the report of the same person shows, never a home or a former name.",
            "Those who run a data collection decide from which score on matches are listed, and how often they are "
            "looked for.",
        ),
        (
            "probable-matches",
            "probable-matches-download",
            "probable-match",
            "probable-run",
            "probable-run-progress",
            "probable-count",
            "probable-setting",
            "return-probable",
            "return-probable-download",
            "return-probable-match",
        ),
    ),
    HelpPage(
        "history",
        "Status and history",
        "Everything that happened to the return: who, in which role, when, and the status after it.",
        more=("A rejected file stands there too, with a link to the reasons.",),
        screens=("history",),
    ),
    HelpPage(
        "delete",
        "Delete return",
        "Takes all data out of the return, so that you can begin again. Notes, receipts and history stay.",
        ("Read what is taken out, tick the box and press Delete.",),
        screens=("delete",),
    ),
    *RUNNING,
)

MEANINGS: dict[State, str] = {
    State.NO_DATA: "No data has been loaded or keyed.",
    State.LOADED: "Data was loaded from a file or added on screen, and checked. It is not submitted.",
    State.AMENDED_BY_SOURCE: "Your organisation changed the data on screen after that. It is not submitted.",
    State.SUBMITTED: "You have said that the return is complete.",
    State.AMENDED_BY_AGENT: "The authority changed the data.",
    State.APPROVED: "The authority, or the department where you send your return to it directly, is content.",
    State.REJECTED_BY_AGENT: "The authority sent the return back. The reason is on its page and in its history.",
    State.AMENDED_BY_COLLECTOR: "The department changed the data.",
    State.REJECTED_BY_COLLECTOR: "The department sent the return back. The reason is on its page and in its history.",
    State.AUTHORISED: "The department has accepted the return. Nothing is left for you to do.",
}
OLD_NAMES = {
    State.NO_DATA: "No Data",
    State.LOADED: "Loaded, Loaded_and_Validated",
    State.AMENDED_BY_SOURCE: "Amended by Source",
    State.SUBMITTED: "Submitted",
    State.AMENDED_BY_COLLECTOR: "Amended by Collector",
    State.AUTHORISED: "Authorised",
}
"""What the guides of the old system call a status, where they have it."""

REJECTED = (
    "A file was handed in whose format or contents are not those of this return. Nothing of it was loaded, and the "
    "return keeps the status and the data that it had; its page says that the last file was rejected, and why."
)

GLOSSARY = (
    ("Agent", "The organisation that approves a return before the department does: mostly the local authority."),
    ("Approver", "The person in an organisation who decides who gets an account, and for what."),
    ("Authorise", "The department's last step: the return is accepted."),
    ("Blade", "The definition of one kind of collection: its data items, rules and forms."),
    ("Collector", "The department that runs the collections."),
    ("Data collection", "One kind of return in one year and term, with its opening and closing date."),
    ("Data item", "One value of a return, such as a line of a form."),
    ("Error", "Something that a rule says cannot be right. It needs a correction or a note."),
    ("Native ID", "An organisation's number: three digits for an authority, seven for a school."),
    ("Note", "Your explanation of an error, a query, a data item or the whole return."),
    ("OK error", "An error or query whose explanation the department has accepted."),
    ("Performance team", "The people of an authority who receive its schools' files, academies' as well."),
    ("Query", "Something unusual that may be right. It needs a correction or a note."),
    ("Return", "What one organisation owes one data collection."),
    ("Return level", "About the return as a whole and not about single values."),
    ("Revision", "The data of a return as it was at one time. Each file and each saved change makes the next one."),
    ("Source", "The organisation that sends the return: a school, or an authority for its own."),
    ("Tolerance", "How far a number may be from last year's before a query asks about it."),
)

OTHER_SCREENS = {
    "account_login": "access",
    "account_inactive": "access",
    "accept-invitation": "access",
    "forgotten": "access",
    "choose-password": "access",
    "contact": "access",
    "service-request": "access",
}


def help_address(screen: str | None) -> str:
    """The help page for the screen of that name; the first page of the help for others."""
    for page in SCREENS:
        if screen in page.screens:
            return reverse("help-page", args=[page.key])
    other = OTHER_SCREENS.get(screen or "")
    return reverse("help-page", args=[other]) if other else reverse("help")
