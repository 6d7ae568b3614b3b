"""Pupils whom more than one return claims: rows to match, clashes found in them, and the reports.

What others may call:

    rows.rows_of(returns)                 the people of returns, in the engine's columns, with `row` and `data_return`
    rows.rows_in(collection)              those of a whole data collection, for what looks at all of them
    clashes.of_return(data_return)        the clashes that one return has a side in
    clashes.of_returns(returns)           those that any of some returns has a side in, such as an authority's
    clashes.in_collection(collection)     all of them
    clashes.sides_of(clashes)             their sides: the records that are meant, with return, organisation and row
    clashes.as_frames(clashes)            the same as the engine's `Cases` and the frame they point into
    verdicts.statuses_in(collection)      what pairs of statuses mean in a data collection now
    listening.listen(function)            be told when clashes appear, change or go, in the same transaction

`services/storing.py` is called where a revision becomes the current one of a return, or where there is none any more;
nobody else writes rows or clashes.
"""
