"""The accountant's pages: every payment with its history, what has to be looked at, tills, sums, agreement."""
