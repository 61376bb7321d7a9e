"""Where procedures are made: the pages of the procedure administrators."""
