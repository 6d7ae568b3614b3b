"""Many returns of one edition as one data set: a table for each entity, each row with its source and revision."""
