"""The made-up country of the local demonstration, and the small part of it that tests begin with.

people    one department, one council, three schools, an account for each part: `set_up`
forms     collections that are keyed on screen by councils
country   the whole: three councils, 60 schools, two trusts, accounts for every role
returns   the schools' returns, brought to every state by the services themselves
probable  a look for probable matches
cases     their duplicate pupils, some proposed, agreed, disagreed, decided or settled
transfers what Larkshire's schools send its performance team
"""

from collectory.portal.demonstration.people import (
    ACCOUNTS,
    EDITION,
    FIRST_SCHOOL,
    ORGANISATIONS,
    files_to_try,
    set_up,
)

__all__ = ["ACCOUNTS", "EDITION", "FIRST_SCHOOL", "ORGANISATIONS", "files_to_try", "set_up"]
