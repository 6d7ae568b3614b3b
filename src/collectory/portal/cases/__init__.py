"""Cases: where those whose returns clash over a pupil settle it.

states       the life of a case, folded from its events
proposals    what a side can propose, in words
shown        which values of a record each kind of case shows, and no others
found        what matching hands over; joining has the exact clashes of portal/duplicates handed over
services     keeping (from clashes to cases), acting (what people do), many, reminding, removing
"""
