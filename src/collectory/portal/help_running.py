"""The help of those who run collections, look after people, or send files beside returns; and of one's own account."""

from __future__ import annotations

from collectory.portal.help_page import HelpPage

RUNNING = (
    HelpPage(
        "run",
        "Run a data collection",
        "For the department: opening a data collection, its dates and policies, who must return, and its history.",
        (
            "Press Open a data collection under My data collections. Choose the edition, live or familiarisation.",
            "Enter the dates, what may be submitted and who OKs, and say who must return.",
            "Look through who would have to return, and press Make the data collection.",
            "Later, press its title under Data collections that you run to change it; with a reason once it is open.",
        ),
        (
            "Dates of single authorities let one open earlier or later, or have a deadline of its own.",
            "After Closes to sources they change nothing; agents until Closes to agents, the department until Closes "
            "to everybody. What was handed in before is still checked.",
            "Who must return lists organisations that opened or closed since; a return that is not expected any more "
            "is excused, with a reason.",
            "A familiarisation is marked on every page, and its data are removed at its end.",
            "Where agents may OK, too, they do until they have approved; the department can take any OK back.",
        ),
        ("open-collection", "manage-collection", "change-collection", "authority-dates", "who-must-return", "excuse"),
    ),
    HelpPage(
        "rules",
        "Rule catalogue, and switching rules",
        "All rules of a data collection: what they check, why, and how to put it right; for the department, softening, "
        "withdrawing or restoring one.",
        (
            "Find a rule by its number or by words, and press it.",
            "To switch one, press Switch this rule, choose what it shall be and say why.",
            "Look at how many returns and findings would change, and confirm. Stored returns are checked again.",
        ),
        (
            "Across editions shows which rules and values changed from one year or term to another.",
            "A switch can be for a later day, and can be called off until then.",
            "Dates of submission stay. The sources concerned are told when their counts change.",
        ),
        (
            "rule-catalogue",
            "rule-in-collection",
            "rules-across",
            "rule-switches",
            "switch-rule",
            "rule-impact",
        ),
    ),
    HelpPage(
        "lists",
        "Lists that rules ask",
        "For the department: lists such as that of qualifications, which some rules look values up in.",
        (
            "Press Lists that rules ask under My data collections, below the data collections that you run.",
            "Choose which list it is and its CSV file, and press Show what would change.",
            "Look at what is new, gone or changed, and press Confirm and put in force.",
        ),
        (
            "While a list is not loaded, its rules are skipped, and every result says so.",
            "A list without one of its columns is taken; the rules that read the column are skipped.",
            "Stored results stay as they are until their return is checked again.",
        ),
        ("lists", "list-preview"),
    ),
    HelpPage(
        "news",
        "News",
        "What has happened to your returns and data collections, newest first; the number in the menu is what you "
        "have not read.",
        (
            "Press a line to go where it happened.",
            "Press Choose what you are told, and whether by mail, and choose for each kind: at once, once a day, or in "
            "the list only.",
        ),
        (
            "Everything stands in the list, whatever you choose about mails.",
            "Mails name no pupil and repeat nothing that somebody typed. They say where to sign in and look.",
            "Without an e-mail address in your account you get no mails; your approver can add one.",
        ),
        ("news", "what-i-am-told"),
    ),
    HelpPage(
        "people",
        "People",
        "For approvers: who may do what for your organisation, invitations, and the access log.",
        (
            "Press Invite a person, enter the e-mail address and choose what the person may do. The link works for 48 "
            "hours; it can be sent again from the list.",
            "Press a name to change the role or the e-mail address, send a link for a new password, reset a lost "
            "second factor, or archive the person.",
        ),
        (
            "What an archived person did stays under their name. They can be re-activated.",
            "An organisation keeps one approver at least. Hand the approver right on before you leave.",
            "The account of somebody who acts for other organisations, too, is changed by an administrator.",
            "The access log says who signed in, who looked at or exported your data, and who changed whose access.",
        ),
        ("people", "people-of", "person", "invite", "invitation", "access-log"),
    ),
    HelpPage(
        "account",
        "Your account, and signing in",
        "Your name, password and second factor, and whom you act for.",
        (
            "Press Your account at the top of any page.",
            "Change the password: you need the present one. You are signed out everywhere else.",
            "Set up a second factor: an authenticator app, a passkey, or both. Keep the recovery codes somewhere safe.",
        ),
        (
            "You are signed out after a time without activity. A warning comes before, and what you send after it is "
            "kept until you have signed in again.",
            "Who has lost app, passkeys and recovery codes asks the approver, who can reset the second factor.",
            "The terms of use are agreed to once, and again when they change.",
        ),
        (
            "account",
            "change-password",
            "kept-form",
            "agree-to-terms",
            "mfa_authenticate",
            "mfa_index",
            "mfa_activate_totp",
            "mfa_deactivate_totp",
            "mfa_list_webauthn",
            "mfa_add_webauthn",
            "mfa_remove_webauthn",
            "mfa_view_recovery_codes",
            "mfa_generate_recovery_codes",
            "mfa_reauthenticate",
            "mfa_reauthenticate_webauthn",
            "account_reauthenticate",
        ),
    ),
    HelpPage(
        "files-to-send",
        "Files to send, and Send to the performance team",
        "What your council's performance team asks you for, and how each file stands with it.",
        (
            "Submit your return, then press Send to the performance team on its page. Its export is made under the "
            "right name and given to the team; nothing is downloaded.",
            "Or open Files to send, choose the file type, press Send a file and choose your own file.",
            "Keep the receipt: it has a reference, the time and the file's fingerprint (SHA-256).",
        ),
        (
            "A file with another name, such as Current-Blade-Export.zip, is offered the right one.",
            "A large file that broke off goes on where it stood: choose the same file again within two days.",
            "If you change your return after sending it, its page says so and you are told. Submit it, and send again.",
            "The team's questions stand on the page of the file. Answer them there; mails never name pupils.",
            "Files are sealed as they arrive, opened by you and the team only, and deleted on the day that the receipt "
            "names.",
        ),
        (
            "files-to-send",
            "send-return",
            "delivery",
            "send-to-team",
            "file-receipt",
        ),
    ),
    HelpPage(
        "team-desk",
        "Desk of the performance team",
        "For a council's performance team: all schools, all files that are due, and how each stands.",
        (
            "Under File types say which files schools send: name, who sends it, until when, and what happens then.",
            "Filter the grid by status, trust or colleague. Press a status to open the file: look, ask, accept, or ask "
            "for resubmission with a reason.",
            "Tick files and press Remind the schools. You see what each would read before anything is sent.",
        ),
        (
            "Not due, awaited, received, checking, questions, accepted, stale: the file's page says what each means.",
            "Stale is a file whose return was changed, withdrawn or sent back after it was sent; the school is told. "
            "It stops being stale when the same data are submitted again, or a new file comes.",
            "Assign gives files to a colleague, who alone is told of answers to them.",
            "For schools that report to the council, Open as agent leads to the return; what you do is written down.",
        ),
        ("team-desk", "remind-schools", "team-school", "file-types", "new-file-type", "file-type", "assign-files"),
    ),
    HelpPage(
        "report-on-a-file",
        "Report on a file, and one data set of many",
        "What was found when a file arrived, for the school and its council's team; and the data of all schools.",
        (
            "Open a file and press Report. It says what was repaired, which errors and queries there are, "
            "and what differs from the register and from the school's last file.",
            "The team chooses which of its own rules apply under The team's own rules.",
            "One data set puts the newest accepted file of each school, or the returns of a data collection, together: "
            "choose Parquet or CSV, and download the result when it is ready.",
        ),
        (
            "A file that a spreadsheet saved again is put right where nothing was lost, and refused with the table, "
            "row and column where something was.",
            "A question can be asked from a finding; the school answers it on the page of the file.",
            "The data set names the school and when its file was received in each row.",
        ),
        ("file-report", "file-findings", "team-rules", "merged-files", "merged-returns"),
    ),
    HelpPage(
        "tokens",
        "Tokens for other programs",
        "Lets your own systems send files and ask for results without a person.",
        (
            "An approver opens Tokens, says what the token is for, what it may do and until when, and presses Create.",
            "Copy the token at once: it is shown only then.",
            "Revoke a token that is no longer needed or that somebody else may have seen.",
        ),
        (
            "A token does what its scopes say, for your organisation only. Every use is in the access log.",
            "How a program uses it stands in docs/how-to/machine-access.md.",
        ),
        ("tokens",),
    ),
)
