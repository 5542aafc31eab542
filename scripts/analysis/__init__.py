"""Results to table to statistics. Pure: nothing here prints, draws or writes."""
